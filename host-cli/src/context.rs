//! What a command works with: the target, the images, and stderr.

use crate::arguments::{AddressArg, Options};
use crate::client::Client;
use crate::failure::Failure;
use crate::link::{self, Address, Interrupt};
use crate::naming::Naming;
use crate::output::{self, Outcome};
use crate::symbols::Images;
use crate::target::{Error, Hints, Observed, Rows, Target};
use serde_json::Value;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::rc::Rc;
use wire::rows::{Image, Table};

/// The variable that replaces `-t`.
const TARGET_VARIABLE: &str = "HOST_CLI_TARGET";
/// The variable that replaces `-i`.
const IMAGE_VARIABLE: &str = "HOST_CLI_IMAGE";

/// What a command works with. The line is opened, and images are read, when
/// first needed.
pub struct Context {
    options: Options,
    interrupt: Interrupt,
    target: Option<Target>,
    images: Option<Rc<Images>>,
    command_line: fn() -> clap::Command,
}

impl Context {
    /// Returns the context that `options` describe, in a program whose
    /// command line is described by `command_line`.
    #[must_use]
    pub const fn new(
        options: Options,
        interrupt: Interrupt,
        command_line: fn() -> clap::Command,
    ) -> Self {
        let (target, images) = (None, None);
        Self { options, interrupt, target, images, command_line }
    }

    /// Returns the options that every command takes.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Returns whether the output is text for people, not a JSON document.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        !self.options.json
    }

    /// Returns the outcome that is printed as `members` of the JSON document,
    /// or as `text`.
    pub fn answer(
        &self,
        members: impl FnOnce() -> Value,
        text: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result,
    ) -> Outcome {
        match self.is_text() {
            true => Outcome::text(text),
            false => Outcome::members(members()),
        }
    }

    /// Returns the description of the whole command line.
    #[must_use]
    pub fn command_line(&self) -> clap::Command {
        (self.command_line)()
    }

    /// Returns what the answers so far said about the system.
    #[must_use]
    pub fn observed(&self) -> Observed {
        self.target.as_ref().map(Target::observed).unwrap_or_default()
    }

    /// Returns the target as the user wrote it, if one was given.
    #[must_use]
    pub fn target_name(&self) -> Option<String> {
        let flag = self.options.target.as_ref().map(ToString::to_string);
        flag.or_else(|| variable(TARGET_VARIABLE))
    }

    /// Returns whether Ctrl-C was pressed.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.was_pressed()
    }

    /// Returns the target, opening the line if necessary.
    ///
    /// # Errors
    ///
    /// Fails if no target was given, or it cannot be opened.
    pub fn target(&mut self) -> Result<&mut Target, Failure> {
        let target = match self.target.take() {
            Some(target) => target,
            None => self.connect()?,
        };
        Ok(self.target.insert(target))
    }

    /// Returns the rows that name the target's addresses, once it has answered
    /// a question: those of the user's file, else the specification's if it
    /// follows that.
    ///
    /// # Errors
    ///
    /// Fails if the file makes no sense.
    pub fn naming(&self) -> Result<Naming, Failure> {
        if let Some(path) = &self.options.layout {
            return Naming::read(path);
        }
        let target = self.target.as_ref();
        Ok(match target.is_none_or(Target::follows_specification) {
            true => Naming::specification(),
            false => Naming::default(),
        })
    }

    /// Lets go of a system that had to stop, which then runs on.
    ///
    /// # Errors
    ///
    /// Fails if its stub does not take it.
    pub fn release(&mut self) -> Result<(), Failure> {
        match &mut self.target {
            Some(target) => Ok(target.release()?),
            None => Ok(()),
        }
    }

    fn connect(&self) -> Result<Target, Failure> {
        let address = self.address_of_target()?;
        let timeout = self.options.timeout;
        let line = link::open(&address, timeout, &self.interrupt)
            .map_err(|error| Failure::to_open(&address, &error))?;
        let interrupt = self.interrupt.clone();
        let client = Client::new(line, address.baud(), timeout, interrupt);
        let Options { recursive_slot, direct_map, .. } = self.options;
        Ok(Target::with_hints(client, Hints { recursive_slot, direct_map }))
    }

    fn address_of_target(&self) -> Result<Address, Failure> {
        let flag = self.options.target.as_ref();
        let shown = flag.map(|flag| format!("-t {flag}"));
        match (flag, self.default(TARGET_VARIABLE, shown)) {
            (Some(flag), _) => Ok(flag.clone()),
            (None, Some(variable)) => variable.parse().map_err(|error| {
                let what = format!("{TARGET_VARIABLE}={variable}: {error}");
                Failure::usage(what)
            }),
            (None, None) => Err(Failure::usage("no target was given").hint(
                "-t serial:/dev/ttyUSB0[,BAUD], pty:PATH, unix:PATH \
                 or tcp:HOST:PORT, or set HOST_CLI_TARGET",
            )),
        }
    }

    /// Returns the value of a variable, unless `flag` overrides it.
    fn default(&self, name: &str, flag: Option<String>) -> Option<String> {
        let value = variable(name)?;
        match flag {
            Some(flag) => {
                self.note(format_args!("{flag} overrides {name}={value}"));
                None
            }
            None => {
                self.note(format_args!("{name}={value}"));
                Some(value)
            }
        }
    }

    /// Returns the images, once they have been compared with the target.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be read, or the target does not answer.
    pub fn images(&mut self) -> Result<Rc<Images>, Failure> {
        if let Some(images) = &self.images {
            return Ok(Rc::clone(images));
        }
        let mut images = Images::load(&self.image_paths())?;
        if !images.is_empty() {
            let target = self.target()?;
            let greeting = target.hello()?;
            let known = match target.rows(Table::Images, 0) {
                // Then only the kernel's image can be told.
                Err(Error::Unsupported | Error::Unknown(_)) => Rows::default(),
                known => known?,
            };
            let known = known.decode::<Image<'_>>()?;
            match greeting.hello()? {
                Some(hello) => images.identify(hello.build_id.0, &known),
                None => images.trust(),
            }
        }
        let images = Rc::new(images);
        self.images = Some(Rc::clone(&images));
        Ok(images)
    }

    /// Returns the images for naming addresses; warns of those that do not
    /// match.
    ///
    /// # Errors
    ///
    /// As [`Self::images`].
    pub fn symbols(&mut self) -> Result<Rc<Images>, Failure> {
        let images = self.images()?;
        for image in images.unrelated() {
            output::warn(format_args!(
                "{} is not the image of the running kernel or of any \
                 program there; its symbols are ignored",
                image.display()
            ));
        }
        Ok(images)
    }

    fn image_paths(&self) -> Vec<PathBuf> {
        let flags = &self.options.images;
        let shown = flags.first().map(|flag| format!("-i {}", flag.display()));
        match self.default(IMAGE_VARIABLE, shown) {
            Some(variable) => std::env::split_paths(&variable).collect(),
            None => flags.clone(),
        }
    }

    /// Returns the address that `place` names.
    ///
    /// # Errors
    ///
    /// Fails if it is a symbol that is in no image, that has several addresses,
    /// or whose image is of nothing that is running.
    pub fn address(&mut self, place: &AddressArg) -> Result<u32, Failure> {
        let (name, offset) = match place {
            AddressArg::Address(address) => return Ok(*address),
            AddressArg::Symbol { name, offset } => (name, *offset),
        };
        let images = self.images()?;
        if images.is_empty() {
            return Err(Failure::usage(format_args!(
                "{name} is not a number, and no image was given"
            ))
            .hint("0x before hexadecimal digits, or an image with -i"));
        }
        let address = images.lookup(name)?.checked_add(offset);
        address.ok_or_else(|| {
            Failure::usage(format_args!(
                "the address {name}+{offset:#x} does not fit in 32 bits"
            ))
        })
    }

    /// Returns the address that `place` names, as the first of `len` bytes.
    ///
    /// # Errors
    ///
    /// As [`Self::address`], and if they run past the end of the address
    /// space.
    pub fn range(
        &mut self,
        place: &AddressArg,
        len: u32,
    ) -> Result<u32, Failure> {
        let address = self.address(place)?;
        if len > 0 && address.checked_add(len - 1).is_none() {
            let what = format!(
                "{len} bytes from {address:#010x} run past the end of the \
                 address space"
            );
            return Err(Failure::usage(what));
        }
        Ok(address)
    }

    /// Prints a remark on stderr if `-v` was given.
    pub fn note(&self, what: impl Display) {
        output::note(&self.options, what);
    }
}

/// Returns a variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    Some(value.to_string_lossy().into_owned()).filter(|v| !v.is_empty())
}
