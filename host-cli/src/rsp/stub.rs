//! A stub, and what it can be asked for.

use super::body::{bytes, digits};
use super::description::Description;
use super::error::Error;
use super::exchange::{Exchange, malformed, shown};
use crate::link::{Interrupt, Line};
use layout::PAGE_BYTES;
use std::time::{Duration, Instant};

/// The most parts that a description is read in.
const MOST_PARTS: usize = 256;
/// The most documents that a description consists of.
const MOST_DOCUMENTS: usize = 16;
/// The bytes of an answer that hold no memory.
const AROUND: usize = 8;
/// What a stub takes that does not say, in bytes.
const SMALLEST_PACKET: usize = 400;
/// More than is asked for in a packet, in bytes.
const LARGEST_PACKET: usize = 1 << 15;
/// The most output of a `monitor` command that is kept, in bytes.
const MOST_OUTPUT: usize = 1 << 20;

/// What a stub says that it offers.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Offered {
    /// As in its answer to `qSupported`, such as `PacketSize=1000`.
    pub features: Vec<String>,
    /// What its target description says of the architecture.
    pub architecture: Option<String>,
    /// Whether it reads physical memory: QEMU's `Qqemu.PhyMemMode`.
    pub physical: bool,
}

/// A stub. It is left as gdb's `detach` leaves it when this is dropped: with
/// its system running.
pub struct Stub {
    exchange: Exchange,
    offered: Offered,
    description: Description,
    /// The most bytes of a packet.
    packet_bytes: usize,
    /// The answer to `g`, once it was asked for.
    registers: Option<Vec<u8>>,
    /// Whether `m` reads physical memory now.
    is_physical: bool,
    /// The answer to `?`.
    stop: Vec<u8>,
    since: Instant,
    is_released: bool,
}

impl Stub {
    /// Begins a conversation with the stub on `line`, whose system has stood
    /// `since` the line was opened.
    ///
    /// # Errors
    ///
    /// Fails if it gives no answers that make sense.
    pub fn meet(
        line: Box<dyn Line>,
        timeout: Duration,
        interrupt: Interrupt,
        since: Instant,
    ) -> Result<Self, Error> {
        let mut this = Self {
            exchange: Exchange::begin(line, timeout, interrupt)?,
            offered: Offered::default(),
            description: Description::of_i386(),
            packet_bytes: SMALLEST_PACKET,
            registers: None,
            is_physical: false,
            stop: Vec::new(),
            since,
            is_released: false,
        };
        let supported = this.exchange.ask(b"qSupported:xmlRegisters=i386")?;
        let supported = String::from_utf8_lossy(&supported).into_owned();
        let features = supported.split(';').filter(|it| !it.is_empty());
        this.offered.features = features.map(str::to_owned).collect();
        if let Some(bytes) = this.feature("PacketSize=") {
            let bytes = usize::from_str_radix(bytes, 16).unwrap_or(0);
            this.packet_bytes = bytes.clamp(SMALLEST_PACKET, LARGEST_PACKET);
        }
        this.stop = this.exchange.ask(b"?")?;
        if this.feature("qXfer:features:read+").is_some() {
            this.read_description()?;
        }
        let mode = this.exchange.ask(b"qqemu.PhyMemMode")?;
        this.offered.physical = mode == b"0" || mode == b"1";
        this.is_physical = mode == b"1";
        Ok(this)
    }

    /// Returns what follows in the feature that begins like this.
    fn feature(&self, begins: &str) -> Option<&str> {
        let features = self.offered.features.iter();
        features.filter_map(|it| it.strip_prefix(begins)).next()
    }

    /// Returns what it says that it offers.
    #[must_use]
    pub const fn offered(&self) -> &Offered {
        &self.offered
    }

    /// Returns the signal with which the system stands; none if the stub does
    /// not say.
    #[must_use]
    pub fn signal(&self) -> Option<u8> {
        match self.stop.split_first() {
            Some((b'S' | b'T', rest)) => {
                bytes(rest.get(..2)?)?.first().copied()
            }
            _ => None,
        }
    }

    fn read_description(&mut self) -> Result<(), Error> {
        let mut description = Description::default();
        let mut names = vec!["target.xml".to_owned()];
        let mut read = 0;
        while let Some(name) = names.pop() {
            read += 1;
            let text = self.transfer("features", &name)?;
            let included = description.read(&text);
            let Some(included) = included.filter(|_| read <= MOST_DOCUMENTS)
            else {
                return Err(malformed(name.as_bytes()));
            };
            names.extend(included.into_iter().rev());
        }
        self.offered.architecture.clone_from(&description.architecture);
        self.description = description;
        Ok(())
    }

    /// Reads an object of `qXfer`, part by part.
    fn transfer(&mut self, object: &str, name: &str) -> Result<String, Error> {
        let mut all = Vec::new();
        let most = self.packet_bytes - AROUND;
        for _ in 0..MOST_PARTS {
            let at = all.len();
            let ask = format!("qXfer:{object}:read:{name}:{at:x},{most:x}");
            let answer = self.known(ask.as_bytes())?;
            let (kind, part) = answer
                .split_first()
                .ok_or_else(|| malformed(ask.as_bytes()))?;
            all.extend(part);
            match kind {
                b'l' => return Ok(String::from_utf8_lossy(&all).into_owned()),
                b'm' if !part.is_empty() => {}
                _ => break,
            }
        }
        Err(malformed(name.as_bytes()))
    }

    /// Sends a packet that it must know, and that it must not refuse.
    fn known(&mut self, body: &[u8]) -> Result<Vec<u8>, Error> {
        let answer = self.exchange.ask(body)?;
        let request = || shown(body);
        match &answer[..] {
            [] => Err(Error::NotOffered(request())),
            [b'E', b'.', text @ ..] => Err(Error::Refused {
                request: request(),
                reason: String::from_utf8_lossy(text).into_owned(),
            }),
            [b'E', high, low]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                let number = [*high, *low].map(char::from);
                let reason = format!("error {}", String::from_iter(number));
                Err(Error::Refused { request: request(), reason })
            }
            _ => Ok(answer),
        }
    }

    /// Returns a register of the thread that stopped, by gdb's name; the lower
    /// half of one of 64 bits. None if the stub does not have it.
    ///
    /// # Errors
    ///
    /// Fails if no answer that makes sense comes.
    pub fn register(&mut self, name: &str) -> Result<Option<u64>, Error> {
        let Some(number) = self.description.number(name) else {
            return Ok(None);
        };
        let Some((at, len)) = self.description.place(number) else {
            return Ok(None);
        };
        if self.registers.is_none() {
            let digits = self.known(b"g")?;
            // Where a register is not available, its digits are x.
            let known = digits.iter().map(|byte| match byte {
                b'x' => b'0',
                digit => *digit,
            });
            let known: Vec<u8> = known.collect();
            let all = bytes(&known).ok_or_else(|| malformed(b"g"))?;
            self.registers = Some(all);
        }
        let all = self.registers.as_deref().unwrap_or_default();
        let value = match all.get(at..at + len) {
            Some(value) => value.to_vec(),
            // It is beyond those that `g` returns.
            None => {
                let ask = format!("p{number:x}");
                match self.known(ask.as_bytes()) {
                    Ok(digits) => bytes(&digits)
                        .ok_or_else(|| malformed(ask.as_bytes()))?,
                    Err(Error::NotOffered(_) | Error::Refused { .. }) => {
                        return Ok(None);
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        let mut low = [0; 8];
        let len = value.len().min(low.len());
        low[..len].copy_from_slice(&value[..len]);
        Ok(Some(u64::from_le_bytes(low)))
    }

    /// Reads physical memory. Returns fewer bytes where there is no more.
    ///
    /// # Errors
    ///
    /// Fails if the stub does not offer it, or gives no answer that makes
    /// sense.
    pub fn physical(&mut self, at: u32, len: u32) -> Result<Vec<u8>, Error> {
        self.read(true, at, len)
    }

    /// Reads linear memory, as the thread that stopped sees it. Returns fewer
    /// bytes where no more is mapped.
    ///
    /// # Errors
    ///
    /// Fails if the stub gives no answer that makes sense.
    pub fn linear(&mut self, at: u32, len: u32) -> Result<Vec<u8>, Error> {
        self.read(false, at, len)
    }

    fn read(
        &mut self,
        physical: bool,
        at: u32,
        len: u32,
    ) -> Result<Vec<u8>, Error> {
        self.set_physical(physical)?;
        let most = (self.packet_bytes - AROUND) / 2;
        let mut all = Vec::new();
        while all.len() < len as usize {
            let from = at.wrapping_add(all.len() as u32);
            // A packet is refused whole, so none crosses into another page.
            let in_page = (PAGE_BYTES - from % PAGE_BYTES) as usize;
            let want = most.min(len as usize - all.len()).min(in_page);
            let ask = format!("m{from:x},{want:x}");
            let part = match self.known(ask.as_bytes()) {
                Ok(digits) => bytes(&digits),
                Err(Error::Refused { .. }) => break,
                Err(error) => return Err(error),
            };
            let fits = |part: &Vec<u8>| !part.is_empty() && part.len() <= want;
            let part = part.filter(fits);
            all.extend(part.ok_or_else(|| malformed(ask.as_bytes()))?);
        }
        Ok(all)
    }

    fn set_physical(&mut self, physical: bool) -> Result<(), Error> {
        if self.is_physical != physical {
            let ask = format!("Qqemu.PhyMemMode:{}", u8::from(physical));
            self.known(ask.as_bytes())?;
            self.is_physical = physical;
        }
        Ok(())
    }

    /// Returns what a `monitor` command prints.
    ///
    /// # Errors
    ///
    /// Fails if the stub has no such command, or gives no answer that makes
    /// sense.
    pub fn monitor(&mut self, command: &str) -> Result<String, Error> {
        let ask = format!("qRcmd,{}", digits(command));
        let mut answer = self.known(ask.as_bytes())?;
        let mut printed = Vec::new();
        loop {
            match answer.split_first() {
                _ if answer == b"OK" => break,
                Some((b'O', part)) => printed
                    .extend(bytes(part).ok_or_else(|| malformed(b"qRcmd"))?),
                _ => {
                    let all = bytes(&answer);
                    printed.extend(all.ok_or_else(|| malformed(b"qRcmd"))?);
                    break;
                }
            }
            if printed.len() > MOST_OUTPUT {
                return Err(malformed(b"qRcmd"));
            }
            answer = self.exchange.next_answer(b"qRcmd")?;
        }
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }

    /// Lets the system run on, as gdb's `detach` does. Returns how long it
    /// stood for us.
    ///
    /// # Errors
    ///
    /// Fails if the stub does not take it.
    pub fn release(&mut self) -> Result<Duration, Error> {
        if !self.is_released {
            self.is_released = true;
            self.set_physical(false)?;
            self.known(b"D")?;
        }
        Ok(self.since.elapsed())
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        // Whoever wanted to know has called it before.
        let _ = self.release();
    }
}
