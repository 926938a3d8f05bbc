//! The capabilities that the smaller sizes lack. A kernel writes exactly this.

use crate::size::{
    Smallest, WithDebugRegisters, WithPaging, WithTables, WithTasks,
};
use crate::state::FakeMachine;
use stub::embed::{DebugRegisters, Images, Paging, Tables, Tasks, Time};

macro_rules! lacks {
    ($size:ident: $($capability:ident),*) => {
        $(impl $capability for FakeMachine<$size> {})*
    };
}

lacks!(Smallest: Paging, DebugRegisters, Tasks, Tables, Images, Time);
lacks!(WithPaging: DebugRegisters, Tasks, Tables, Images, Time);
lacks!(WithDebugRegisters: Paging, Tasks, Tables, Images, Time);
lacks!(WithTasks: Paging, DebugRegisters, Tables, Images, Time);
lacks!(WithTables: Paging, DebugRegisters, Tasks, Images, Time);
