//! The measurements and the budgets.

use super::faults::Faulty;
use super::looks::Look;
use super::packets::Rows;
use super::sample::Sample;
use super::subject::Stub;
use super::tap::Pace;

/// One action: what it has cost with each stub, at each pace.
#[derive(Clone, Debug)]
pub struct Action {
    pub(super) name: String,
    pub(super) samples: Vec<(Stub, Pace, Sample)>,
}

/// All that was measured of one kind of action.
#[derive(Clone, Debug, Default)]
pub struct Section {
    pub(super) actions: Vec<Action>,
}

impl Section {
    /// Adds the measurements of one pass.
    pub fn add(&mut self, stub: Stub, pace: Pace, rows: Rows) {
        for (name, sample) in rows {
            let known = self.actions.iter_mut().find(|a| a.name == name);
            match known {
                Some(action) => action.samples.push((stub, pace, sample)),
                None => {
                    let samples = vec![(stub, pace, sample)];
                    self.actions.push(Action { name, samples });
                }
            }
        }
    }

    /// Returns what an action has cost, if it was measured so.
    #[must_use]
    pub fn sample(&self, name: &str, stub: Stub, pace: Pace) -> Option<Sample> {
        self.actions.iter().find(|a| a.name == name)?.sample(stub, pace)
    }
}

impl Action {
    pub(super) fn sample(&self, stub: Stub, pace: Pace) -> Option<Sample> {
        let mut samples = self.samples.iter();
        let found = samples.find(|(s, p, _)| (*s, *p) == (stub, pace));
        found.map(|(_, _, sample)| *sample)
    }
}

/// All that was measured.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Single packets.
    pub packets: Section,
    /// Memory.
    pub memory: Section,
    /// gdb's commands.
    pub commands: Section,
    /// A bad line.
    pub faulty: Vec<Faulty>,
    /// host-cli's questions.
    pub looks: Vec<Look>,
    /// The budgets.
    pub budgets: Vec<Budget>,
}

/// A budget.
#[derive(Clone, Debug)]
pub struct Budget {
    what: String,
    measured: String,
    budget: String,
    /// None if it is only reported.
    is_met: Option<bool>,
}

impl Budget {
    pub(super) fn new(
        what: &str,
        measured: String,
        budget: &str,
        is_met: Option<bool>,
    ) -> Self {
        let (what, budget) = (what.to_owned(), budget.to_owned());
        Self { what, measured, budget, is_met }
    }

    pub(super) fn cells(&self) -> [String; 4] {
        let met = match self.is_met {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "–",
        };
        let Self { what, measured, budget, .. } = self.clone();
        [what, measured, budget, met.to_owned()]
    }
}
