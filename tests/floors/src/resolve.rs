//! Where a path leads: to the module that defines the name.

use crate::modules::{By, Id, Import, Name, Tree};

/// The end of a path.
#[derive(Clone)]
pub struct End {
    /// The module that defines the name, or that is named itself.
    pub module: Id,
    /// Whether the name is the module's own.
    pub is_module: bool,
    /// The modules that handed the name on, nearest first.
    pub through: Vec<Id>,
}

/// The names being looked for, and whether a path ends with them: a chain of
/// globs may come back to where it began.
type Seen = Vec<(Id, String, bool)>;

impl Tree {
    /// Returns where an import leads, nothing if out of the crate. It is
    /// more than one place if a name means a module and a function, or if
    /// `cfg` decides what it means.
    #[must_use]
    pub fn ends(&self, import: &Import) -> Vec<End> {
        let path = import.path.as_slice();
        let mut ends = self.resolve(import.module, path, &mut vec![]);
        if let (By::Code, [name, ..]) = (import.by, path) {
            // No expression, type or pattern alone is a module.
            ends.retain(|end| path.len() > 1 || !end.is_module);
            let means = self.modules[import.module].names.get(name);
            if means.is_some_and(|it| matches!(it[..], [Name::Use(_)])) {
                // The `use` that brings the name in has been told of.
                let name = std::slice::from_ref(name);
                let told = self.resolve(import.module, name, &mut vec![]);
                ends.retain(|end| {
                    !told.iter().any(|told| told.module == end.module)
                });
            }
        }
        ends
    }

    /// Returns whether one module is inside another, at any depth.
    #[must_use]
    pub fn is_inside(&self, inner: Id, outer: Id) -> bool {
        let (inner, outer) = (&self.modules[inner], &self.modules[outer]);
        inner.path.len() > outer.path.len()
            && inner.path.starts_with(&outer.path)
    }

    /// Resolves a path as it is written in a module.
    fn resolve(&self, from: Id, path: &[String], seen: &mut Seen) -> Vec<End> {
        let Some((first, rest)) = path.split_first() else {
            return vec![self.whole(from)];
        };
        let start = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => self.parent(from),
            _ => return self.find(from, path, seen),
        };
        if rest.first().is_some_and(|name| name == "super") {
            return self.resolve(start, rest, seen);
        }
        self.found_in(start, rest, seen)
    }

    /// Finds a path that begins with a name of a module. What a macro
    /// defines is not seen; it counts as the module's.
    fn found_in(
        &self,
        module: Id,
        path: &[String],
        seen: &mut Seen,
    ) -> Vec<End> {
        let ends = self.find(module, path, seen);
        if ends.is_empty() {
            let is_module = path.is_empty();
            return vec![End { is_module, ..self.whole(module) }];
        }
        ends
    }

    /// Like [`Self::found_in`], but finds nothing if the name is not known.
    fn find(&self, at: Id, path: &[String], seen: &mut Seen) -> Vec<End> {
        let Some((name, rest)) = path.split_first() else {
            return vec![];
        };
        let looked_for = (at, name.clone(), rest.is_empty());
        if seen.contains(&looked_for) {
            return vec![];
        }
        seen.push(looked_for);
        let module = &self.modules[at];
        let mut ends = vec![];
        let meanings = module.names.get(name).map_or(&[][..], |it| it);
        let is_module = |it: &Name| matches!(it, Name::Module(_));
        // A function may share a module's name, but nothing is inside it.
        let only_module = !rest.is_empty() && meanings.iter().any(is_module);
        for means in meanings {
            match means {
                Name::Item | Name::Use(_) if only_module => {}
                Name::Module(child) => {
                    ends.extend(self.found_in(*child, rest, seen));
                }
                Name::Item => {
                    ends.push(End { is_module: false, ..self.whole(at) });
                }
                Name::Use(path) => {
                    let path = [path, rest].concat();
                    let found = self.resolve(at, &path, seen);
                    if found.is_empty() {
                        // From another crate: here it comes into this one.
                        ends.push(End { is_module: false, ..self.whole(at) });
                    }
                    ends.extend(handed_on(found, at));
                }
            }
        }
        if ends.is_empty() {
            for glob in &module.globs {
                for target in self.resolve(at, glob, &mut seen.clone()) {
                    if target.is_module {
                        let found = self.find(target.module, path, seen);
                        ends.extend(handed_on(found, at));
                    }
                }
            }
        }
        seen.pop();
        ends
    }

    fn whole(&self, module: Id) -> End {
        End { module, is_module: true, through: vec![] }
    }

    fn parent(&self, of: Id) -> Id {
        let path = &self.modules[of].path;
        let above = &path[..path.len().saturating_sub(1)];
        let mut modules = self.modules.iter();
        modules.position(|it| it.path == above).unwrap_or_default()
    }
}

fn handed_on(mut ends: Vec<End>, by: Id) -> Vec<End> {
    for end in &mut ends {
        end.through.insert(0, by);
    }
    ends
}
