//! The sizes of the machine: which of the stub's capabilities it has. Memory
//! and registers are in all of them.

use layout::regions::{REGIONS, Region};
use std::fmt::Debug;

/// A size of the machine.
pub trait Size: Copy + Debug + Send + 'static {
    /// How many tasks it begins with.
    const TASKS: usize = 1;
    /// Its address-space table.
    const REGIONS: &'static [Region] = &[];
}

/// Any size but `Everything`.
pub trait IsSmall: Size {}
/// Page tables.
pub trait HasPaging: Size {}
/// Debug registers.
pub trait HasDebugRegisters: Size {}
/// Several tasks.
pub trait HasTasks: Size {}
/// Tables.
pub trait HasTables: Size {}
/// A clock.
pub trait HasClock: Size {}

/// Memory and registers.
#[derive(Clone, Copy, Debug)]
pub struct Smallest;
/// The smallest, with page tables.
#[derive(Clone, Copy, Debug)]
pub struct WithPaging;
/// The smallest, with debug registers.
#[derive(Clone, Copy, Debug)]
pub struct WithDebugRegisters;
/// The smallest, with several tasks.
#[derive(Clone, Copy, Debug)]
pub struct WithTasks;
/// The smallest, with tables.
#[derive(Clone, Copy, Debug)]
pub struct WithTables;
/// Every capability of the stub.
#[derive(Clone, Copy, Debug)]
pub struct Everything;

impl IsSmall for Smallest {}
impl Size for Smallest {}

impl IsSmall for WithPaging {}
impl Size for WithPaging {}
impl HasPaging for WithPaging {}

impl IsSmall for WithDebugRegisters {}
impl Size for WithDebugRegisters {}
impl HasDebugRegisters for WithDebugRegisters {}

impl IsSmall for WithTasks {}
impl Size for WithTasks {
    const TASKS: usize = 3;
}
impl HasTasks for WithTasks {}

impl IsSmall for WithTables {}
impl Size for WithTables {}
impl HasTables for WithTables {}

impl Size for Everything {
    const TASKS: usize = 3;
    const REGIONS: &'static [Region] = &REGIONS;
}
impl HasPaging for Everything {}
impl HasDebugRegisters for Everything {}
impl HasTasks for Everything {}
impl HasTables for Everything {}
impl HasClock for Everything {}
