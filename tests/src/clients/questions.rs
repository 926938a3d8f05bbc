//! A question for each command of host-cli, for tests that ask them all.

/// A question that host-cli asks a system.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The command and its arguments, in which `TASK` and `PROCESS` stand
    /// for the ids of some task and of its process.
    words: &'static [&'static str],
    /// The member of the JSON document that has the answer.
    pub member: &'static str,
    /// The exit code on the demo system: 1 if the answer is no.
    pub code: i32,
}

const fn yes(words: &'static [&'static str], member: &'static str) -> Question {
    Question { words, member, code: 0 }
}

const fn no(words: &'static [&'static str], member: &'static str) -> Question {
    Question { words, member, code: 1 }
}

/// Every question. A stopped system gives the same answers again to all but
/// the first.
pub const QUESTIONS: [Question; 30] = [
    yes(&["info"], "stop"),
    yes(&["layout"], "rows"),
    yes(&["translate", "0x00100000"], "translation"),
    yes(&["translate", "0xfc000000", "--task", "TASK"], "translation"),
    yes(&["translate", "0x40000000", "--process", "PROCESS"], "translation"),
    yes(&["regions"], "regions"),
    yes(&["regions", "--task", "TASK"], "regions"),
    yes(&["regions", "--all"], "regions"),
    yes(&["processes"], "processes"),
    yes(&["images"], "images"),
    yes(&["interrupts"], "interrupts"),
    yes(&["threads"], "threads"),
    yes(&["mailboxes"], "mailboxes"),
    yes(&["mailboxes", "1"], "mailboxes"),
    yes(&["windows"], "windows"),
    yes(&["windows", "1"], "windows"),
    yes(&["descriptors"], "descriptors"),
    yes(&["ports"], "ports"),
    yes(&["log"], "log"),
    yes(&["who", "0x0000b000"], "mappings"),
    yes(&["frames"], "frames"),
    yes(&["allocator", "frames"], "allocator"),
    yes(&["allocator", "global"], "allocator"),
    yes(&["allocator", "process:PROCESS"], "allocator"),
    yes(&["read", "0x00100000", "4096"], "read"),
    yes(&["read", "0x02400000", "64", "--task", "TASK"], "read"),
    no(&["search", "0x00100000", "64KiB", "f1e2d3c4b5a6"], "found"),
    yes(&["checksum", "0x00100000", "64KiB"], "checksum"),
    yes(&["regs"], "registers"),
    yes(&["regs", "--task", "TASK"], "registers"),
];

impl Question {
    /// Returns the command.
    #[must_use]
    pub const fn command(&self) -> &'static str {
        self.words[0]
    }

    /// Returns the words of the command line, for this task.
    #[must_use]
    pub fn words(&self, task: u32, process: u32) -> Vec<String> {
        let [task, process] = [task, process].map(|id| id.to_string());
        let words = self.words.iter();
        words
            .map(|word| word.replace("TASK", &task))
            .map(|word| word.replace("PROCESS", &process))
            .collect()
    }
}
