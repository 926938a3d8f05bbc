//! The sizes that the machine is built in: what a kernel has of the stub's
//! capabilities. Memory and registers each has.

use layout::regions::{REGIONS, Region};
use std::fmt::Debug;

/// What a machine has.
pub trait Size: Copy + Debug + Send + 'static {
    /// How many tasks it begins with.
    const TASKS: usize = 1;
    /// What it tells of its address space.
    const REGIONS: &'static [Region] = &[];
}

/// Less than everything.
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
/// Page tables besides.
#[derive(Clone, Copy, Debug)]
pub struct WithPaging;
/// Debug registers besides.
#[derive(Clone, Copy, Debug)]
pub struct WithDebugRegisters;
/// Several tasks besides.
#[derive(Clone, Copy, Debug)]
pub struct WithTasks;
/// Tables besides.
#[derive(Clone, Copy, Debug)]
pub struct WithTables;
/// All that the stub knows of.
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
