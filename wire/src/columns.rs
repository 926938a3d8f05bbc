//! A row as named columns of text: what crosses the line in binary form
//! for host-cli is written out for gdb's XML, and for people.
//!
//! Numbers are decimal, addresses and I/O ports hexadecimal, what is absent
//! is empty, and the parts of a list are set apart by commas.

use core::fmt::{self, Display, Write};
use serde::Serialize;
use serde::ser::{self, Impossible, SerializeSeq, SerializeStruct, Serializer};

/// Takes the columns of a row, in order.
pub trait Columns {
    /// Begins a column.
    ///
    /// # Errors
    ///
    /// Fails if no more is wanted.
    fn column(&mut self, name: &'static str) -> fmt::Result;

    /// Adds to the column's text.
    ///
    /// # Errors
    ///
    /// Fails if no more is wanted.
    fn text(&mut self, text: &str) -> fmt::Result;
}

/// Writes the fields of `row` as columns.
///
/// # Errors
///
/// Fails if `to` does.
pub fn write<R: Serialize>(row: &R, to: &mut dyn Columns) -> fmt::Result {
    let place = Place { to, depth: Depth::Row, name: "", apart: "" };
    row.serialize(place).map_err(|Ended| fmt::Error)
}

/// No more is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Ended;

impl Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no more columns are wanted")
    }
}

impl core::error::Error for Ended {}

impl ser::Error for Ended {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

impl From<fmt::Error> for Ended {
    fn from(_: fmt::Error) -> Self {
        Self
    }
}

/// How deep in a row a value stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Depth {
    Row,
    Column,
    Part,
}

/// Where the next value goes.
struct Place<'t> {
    to: &'t mut dyn Columns,
    depth: Depth,
    /// The field's name.
    name: &'static str,
    /// What sets the value apart from what stands before it.
    apart: &'static str,
}

impl Place<'_> {
    fn put(&mut self, text: &str) -> Result<(), Ended> {
        if !self.apart.is_empty() {
            self.to.text(self.apart)?;
            self.apart = "";
        }
        Ok(self.to.text(text)?)
    }
}

impl Write for Place<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text).map_err(|Ended| fmt::Error)
    }
}

type Done = Result<(), Ended>;
type Never = Impossible<(), Ended>;

impl<'t> Serializer for Place<'t> {
    type Ok = ();
    type Error = Ended;
    type SerializeSeq = Parts<'t>;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Fields<'t>;
    type SerializeStructVariant = Never;

    fn serialize_bool(mut self, value: bool) -> Done {
        match (self.depth, value) {
            (Depth::Part, true) => self.put(self.name),
            (Depth::Part, false) => Ok(()),
            (_, true) => self.put("yes"),
            (_, false) => self.put("no"),
        }
    }

    fn serialize_i8(self, _: i8) -> Done {
        Err(Ended)
    }

    fn serialize_i16(self, _: i16) -> Done {
        Err(Ended)
    }

    fn serialize_i32(self, _: i32) -> Done {
        Err(Ended)
    }

    fn serialize_i64(self, _: i64) -> Done {
        Err(Ended)
    }

    fn serialize_u8(self, value: u8) -> Done {
        self.collect_str(&value)
    }

    /// I/O ports and selectors, which nobody writes in decimal.
    fn serialize_u16(self, value: u16) -> Done {
        self.collect_str(&format_args!("{value:#06x}"))
    }

    fn serialize_u32(self, value: u32) -> Done {
        self.collect_str(&value)
    }

    fn serialize_u64(self, _: u64) -> Done {
        Err(Ended)
    }

    fn serialize_f32(self, _: f32) -> Done {
        Err(Ended)
    }

    fn serialize_f64(self, _: f64) -> Done {
        Err(Ended)
    }

    fn serialize_char(self, _: char) -> Done {
        Err(Ended)
    }

    fn serialize_str(mut self, value: &str) -> Done {
        self.put(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Done {
        Err(Ended)
    }

    fn serialize_none(self) -> Done {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }

    fn serialize_unit_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Done {
        self.put(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Done {
        Err(Ended)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'t>, Ended> {
        Ok(Parts { to: self.to, apart: "" })
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, Ended> {
        Err(Ended)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Ended> {
        Err(Ended)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Ended> {
        Err(Ended)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, Ended> {
        Err(Ended)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Fields<'t>, Ended> {
        let Self { to, depth, apart, .. } = self;
        Ok(Fields { to, depth, apart })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Ended> {
        Err(Ended)
    }

    fn collect_str<T: Display + ?Sized>(mut self, value: &T) -> Done {
        Ok(write!(self, "{value}")?)
    }
}

/// The elements of a list.
struct Parts<'t> {
    to: &'t mut dyn Columns,
    apart: &'static str,
}

impl SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = Ended;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, part: &T) -> Done {
        let apart = core::mem::replace(&mut self.apart, ", ");
        let to = &mut *self.to;
        part.serialize(Place { to, depth: Depth::Column, name: "", apart })
    }

    fn end(self) -> Done {
        Ok(())
    }
}

/// The fields of a row, or of what stands in one of its columns.
struct Fields<'t> {
    to: &'t mut dyn Columns,
    depth: Depth,
    apart: &'static str,
}

impl Fields<'_> {
    /// Returns the place of the next field. Not for each type anew: there
    /// are many.
    #[inline(never)]
    fn next(&mut self, name: &'static str) -> Result<Place<'_>, Ended> {
        let to = &mut *self.to;
        if self.depth == Depth::Row {
            to.column(name)?;
            return Ok(Place { to, depth: Depth::Column, name, apart: "" });
        }
        let apart = core::mem::replace(&mut self.apart, " ");
        Ok(Place { to, depth: Depth::Part, name, apart })
    }
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Ended;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Done {
        value.serialize(self.next(name)?)
    }

    fn end(self) -> Done {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{
        Attachment, Attachments, Bytes, Ids, Message, PortRange, Process,
        State, Thread, Wait, WaitKind, Window,
    };
    use layout::{PhysAddr, VirtAddr};

    extern crate std;
    use std::string::String;

    #[derive(Default)]
    struct Shown(String);

    impl Columns for Shown {
        fn column(&mut self, name: &'static str) -> fmt::Result {
            write!(self.0, "|{name}=")
        }

        fn text(&mut self, text: &str) -> fmt::Result {
            self.0.write_str(text)
        }
    }

    fn shown<R: Serialize>(row: &R) -> String {
        let mut shown = Shown::default();
        write(row, &mut shown).expect("all is wanted");
        shown.0
    }

    #[test]
    fn every_sort_of_value_has_its_text() {
        let tasks = Ids::from_le_bytes(&[7, 0, 0, 0, 1, 1, 0, 0]);
        let row = Process { id: 0, name: "a<b", tasks, pages: u32::MAX };
        assert_eq!(shown(&row), "|id=0|name=a<b|tasks=7, 257|pages=4294967295");
        let waits_for = Some(Wait { kind: WaitKind::Mailbox, id: 3 });
        let thread = Thread {
            id: 10,
            process: 2,
            name: "x",
            state: State::Receiving,
            waits_for,
            eip: VirtAddr(0xB000),
            cr3: PhysAddr(0x12_3000),
        };
        assert_eq!(
            shown(&thread),
            "|id=10|process=2|name=x|state=receiving|waits_for=mailbox 3\
             |eip=0x0000b000|cr3=0x00123000"
        );
        let ports = PortRange { first: 0x60, last: 0xFFFF, process: 1 };
        assert_eq!(shown(&ports), "|first=0x0060|last=0xffff|process=1");
    }

    #[test]
    fn lists_and_what_is_absent_are_told_apart() {
        let at = |process, writable| Attachment {
            process,
            start: VirtAddr(0x0D00_0000),
            writable,
        };
        let list = [at(5, true).to_bytes(), at(6, false).to_bytes()];
        let mut window = Window {
            id: 1,
            owner_process: 5,
            pages: 3,
            mailbox: None,
            attachments: Attachments::from_bytes(list.as_flattened()),
        };
        assert_eq!(
            shown(&window),
            "|id=1|owner_process=5|pages=3|mailbox=\
             |attachments=5 0x0d000000 writable, 6 0x0d000000"
        );
        window.attachments = Attachments::from_bytes(&[]);
        assert!(shown(&window).ends_with("|attachments="));
        let message = Message {
            from_process: 1,
            from_task: 2,
            protocol: 3,
            class: 4,
            bytes: 2,
            data: Bytes(&[0xAB, 1]),
        };
        assert!(shown(&message).ends_with("|bytes=2|data=ab01"));
    }

    struct Few(usize);

    impl Columns for Few {
        fn column(&mut self, _: &'static str) -> fmt::Result {
            self.0 = self.0.checked_sub(1).ok_or(fmt::Error)?;
            Ok(())
        }

        fn text(&mut self, _: &str) -> fmt::Result {
            Ok(())
        }
    }

    #[test]
    fn a_row_ends_where_no_more_is_wanted() {
        let ports = PortRange { first: 1, last: 2, process: 3 };
        assert_eq!(write(&ports, &mut Few(2)), Err(fmt::Error));
        assert_eq!(write(&ports, &mut Few(3)), Ok(()));
    }
}
