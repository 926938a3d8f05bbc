//! The words on the kernel's command line, and the names of modules.
//!
//! A boot loader passes one string. QEMU puts the kernel's path before the
//! words, GRUB does not, so a first word that looks like a path is skipped.
//! Unknown words are handed back to be reported, and of two words for the same
//! option the later one wins.
//!
//! | word | means |
//! |---|---|
//! | `debug=com1`…`com4`, `debug=com1,9600` | a stub on that port, at 115200 baud or the given rate |
//! | `wait` | stop before the first task |
//! | `debug-access=full`, `inspect` | what the debugger may do |
//! | `on-loss=stop`, `continue` | what to do when the debugger vanishes |
//! | `console=com2`, `vga`, `com1` | where the kernel's words go |
//! | `demo=WORD,…` | the misbehaving programs to start |

use abi::DEMO_PROGRAMS;
pub use stub::embed::{Access, OnLoss};
use uart::{self, FASTEST_BAUD};

/// The debugger's serial port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Debug {
    /// The number in the port's name, 1 to 4.
    pub port: u8,
    /// Bits a second: a divisor of 115200.
    pub baud: u32,
}

/// Where the kernel prints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Console {
    /// The second serial port.
    #[default]
    Com2,
    /// The screen.
    Vga,
    /// The first serial port.
    Com1,
}

/// The misbehaving programs to be started.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Demos([bool; DEMO_PROGRAMS.len()]);

impl Demos {
    /// Returns whether a program of this name starts: any program that behaves
    /// well, and those of the others that were asked for.
    pub fn starts(&self, program: &str) -> bool {
        demo_index(program).is_none_or(|index| self.0[index])
    }
}

/// The options on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CommandLine {
    /// The debugger's serial port; without one there is no stub.
    pub debug: Option<Debug>,
    /// Whether to stop before the first task.
    pub wait: bool,
    /// What the debugger may do.
    pub access: Access,
    /// What happens when the debugger disappears.
    pub on_loss: OnLoss,
    /// Where the kernel prints.
    pub console: Console,
    /// The misbehaving programs to start.
    pub demos: Demos,
}

impl CommandLine {
    /// Parses a command line. Calls `unknown` with each word, or each name
    /// after `demo=`, that is unknown; it has no effect.
    pub fn parse(text: &str, mut unknown: impl FnMut(&str)) -> Self {
        let mut line = Self::default();
        let mut words = text.split_ascii_whitespace();
        // QEMU puts the kernel's file name first, GRUB does not. So a first
        // word that is unknown is taken for that name.
        if let Some(first) = words.next()
            && line.apply(first, &mut unknown).is_none()
            && first.split_once('=').is_some_and(|(w, _)| !w.contains('/'))
        {
            unknown(first);
        }
        for word in words {
            if line.apply(word, &mut unknown).is_none() {
                unknown(word);
            }
        }
        line
    }

    /// Applies one word, or returns none if it is unknown.
    fn apply(
        &mut self,
        word: &str,
        unknown: &mut impl FnMut(&str),
    ) -> Option<()> {
        match word.split_once('=') {
            None if word == "wait" => self.wait = true,
            Some(("debug", value)) => self.debug = Some(debug(value)?),
            Some(("debug-access", value)) => {
                self.access = match value {
                    "full" => Access::Full,
                    "inspect" => Access::Inspect,
                    _ => return None,
                }
            }
            Some(("on-loss", value)) => {
                self.on_loss = match value {
                    "stop" => OnLoss::Stop,
                    "continue" => OnLoss::Continue,
                    _ => return None,
                }
            }
            Some(("console", value)) => {
                self.console = match value {
                    "com2" => Console::Com2,
                    "vga" => Console::Vga,
                    "com1" => Console::Com1,
                    _ => return None,
                }
            }
            Some(("demo", value)) => self.demos = demos(value, unknown),
            _ => return None,
        }
        Some(())
    }
}

/// Returns the name of a module, the last part of its string's first word,
/// and its arguments, which are the rest.
pub fn module_name(string: &str) -> (&str, &str) {
    let string = string.trim_ascii();
    let (path, arguments) = string
        .split_once(|c: char| c.is_ascii_whitespace())
        .unwrap_or((string, ""));
    let name = path.rsplit('/').next().unwrap_or(path);
    (name, arguments.trim_ascii_start())
}

fn debug(value: &str) -> Option<Debug> {
    let (port, baud) = match value.split_once(',') {
        Some((port, digits)) => (port, baud(digits)?),
        None => (value, FASTEST_BAUD),
    };
    let port = match port {
        "com1" => 1,
        "com2" => 2,
        "com3" => 3,
        "com4" => 4,
        _ => return None,
    };
    Some(Debug { port, baud })
}

/// Parses a rate that a UART can produce.
fn baud(digits: &str) -> Option<u32> {
    let baud = digits.parse::<u32>().ok()?;
    uart::divisor(baud).map(|_| baud)
}

/// Returns whether a word is unknown only because no UART can produce the rate
/// that it asks for.
pub fn is_impossible_rate(word: &str) -> bool {
    let asked = word.split_once(',').filter(|(port, rate)| {
        let names_port = port.strip_prefix("debug=").and_then(debug);
        names_port.is_some() && rate.bytes().all(|b| b.is_ascii_digit())
    });
    asked.is_some_and(|(_, rate)| !rate.is_empty() && baud(rate).is_none())
}

fn demos(value: &str, unknown: &mut impl FnMut(&str)) -> Demos {
    let mut demos = Demos::default();
    for name in value.split(',').filter(|name| !name.is_empty()) {
        match demo_index(name) {
            Some(index) => demos.0[index] = true,
            None => unknown(name),
        }
    }
    demos
}

fn demo_index(name: &str) -> Option<usize> {
    DEMO_PROGRAMS.iter().position(|demo| *demo == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> CommandLine {
        CommandLine::parse(text, |word| panic!("unknown word {word}"))
    }

    fn unknown(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        CommandLine::parse(text, |word| words.push(word.to_string()));
        words
    }

    #[test]
    fn an_empty_line_means_no_stub_and_the_console_on_com2() {
        for text in ["", "  ", "kernel.elf", "target/kernel.elf "] {
            let line = parse(text);
            assert_eq!(line, CommandLine::default());
            assert_eq!(line.debug, None);
            assert_eq!(line.console, Console::Com2);
        }
    }

    #[test]
    fn every_word_of_the_contract_is_known() {
        for (text, port, baud) in [
            ("debug=com1", 1, 115_200),
            ("debug=com2", 2, 115_200),
            ("debug=com3,57600", 3, 57_600),
            ("debug=com4,9600", 4, 9600),
        ] {
            assert_eq!(parse(text).debug, Some(Debug { port, baud }));
        }
        assert!(parse("wait").wait);
        assert_eq!(parse("debug-access=inspect").access, Access::Inspect);
        assert_eq!(parse("debug-access=full").access, Access::Full);
        assert_eq!(parse("on-loss=continue").on_loss, OnLoss::Continue);
        assert_eq!(parse("on-loss=stop").on_loss, OnLoss::Stop);
        assert_eq!(parse("console=vga").console, Console::Vga);
        assert_eq!(parse("console=com1").console, Console::Com1);
        assert_eq!(parse("console=com2").console, Console::Com2);
    }

    #[test]
    fn both_boot_loaders_are_understood() {
        let qemu = parse("/tmp/a=b/kernel debug=com1 wait");
        assert!(qemu.wait && qemu.debug.is_some());
        assert_eq!(parse("debug=com1 wait"), qemu);
    }

    #[test]
    fn the_later_of_two_words_wins() {
        let line = parse("debug=com1 console=vga debug=com2,9600 console=com1");
        let debug = Debug { port: 2, baud: 9600 };
        assert_eq!(line.debug, Some(debug));
        assert_eq!(line.console, Console::Com1);
        let line = parse("demo=null,wild demo=full");
        assert!(line.demos.starts("full") && !line.demos.starts("null"));
    }

    #[test]
    fn misbehaving_programs_start_only_when_named() {
        let line = parse("demo=null,overflow");
        let starts = DEMO_PROGRAMS.map(|demo| line.demos.starts(demo));
        assert_eq!(starts, [true, false, true, false, false]);
        assert!(line.demos.starts("sink"));
        assert!(!parse("").demos.starts("null"));
    }

    #[test]
    fn words_without_meaning_are_reported_and_change_nothing() {
        let odd = "kernel.elf debug=com5 debug=com1,7 debug=com1, \
                   debug=com1,0 debug=com1,1 waiting wait=1 debug on-loss= \
                   demo=nul,,wild console=lpt1 second/path";
        assert_eq!(
            unknown(odd),
            [
                "debug=com5",
                "debug=com1,7",
                "debug=com1,",
                "debug=com1,0",
                "debug=com1,1",
                "waiting",
                "wait=1",
                "debug",
                "on-loss=",
                "nul",
                "console=lpt1",
                "second/path",
            ]
        );
        let line = CommandLine::parse(odd, |_| {});
        assert_eq!(line, parse("demo=wild"));
    }

    #[test]
    fn a_rate_that_no_uart_makes_is_told_from_nonsense() {
        for word in ["debug=com1,7", "debug=com4,110000", "debug=com2,0"] {
            assert!(is_impossible_rate(word), "{word}");
        }
        // Longer than any number.
        assert!(is_impossible_rate("debug=com1,99999999999"));
        for word in ["debug=com1,9600", "debug=com5,7", "debug=com1,", "debug"]
        {
            assert!(!is_impossible_rate(word), "{word}");
        }
        for word in ["debug=com1,fast", "wait,7", "debug=com1,-7", "x,7"] {
            assert!(!is_impossible_rate(word), "{word}");
        }
    }

    #[test]
    fn a_module_is_named_by_its_first_word_without_folders() {
        for (string, name, arguments) in [
            ("/build/programs/sink fast  once ", "sink", "fast  once"),
            ("sink", "sink", ""),
            ("  sink\ta=b", "sink", "a=b"),
            ("sink /other/path", "sink", "/other/path"),
            ("", "", ""),
            ("programs/", "", ""),
        ] {
            assert_eq!(module_name(string), (name, arguments));
        }
    }
}
