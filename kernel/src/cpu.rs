//! The processor's instructions that Rust has no words for.
//!
//! What some processors lack is asked for elsewhere: see `processor`.

use core::arch::{asm, global_asm};
use core::cell::Cell;
use layout::{PhysAddr, VirtAddr};
use structures::processor::TELLING_FLAGS;
use x86::controlregs::{self, Cr0};

/// I/O ports of the PC that the kernel itself uses.
#[derive(Clone, Copy)]
#[repr(u16)]
pub(crate) enum Port {
    MasterPicCommand = 0x20,
    MasterPicData = 0x21,
    TimerChannel0 = 0x40,
    TimerChannel2 = 0x42,
    TimerCommand = 0x43,
    SystemControlB = 0x61,
    KeyboardCommand = 0x64,
    SlavePicCommand = 0xA0,
    SlavePicData = 0xA1,
    /// Of chip sets with PCI.
    ResetControl = 0xCF9,
}

pub(crate) fn write_port(port: Port, value: u8) {
    // SAFETY: the ports of `Port` reach devices that only raise interrupts,
    // keep time or reset the machine; none of them can touch memory.
    unsafe { x86::io::outb(port as u16, value) }
}

pub(crate) fn read_port(port: Port) -> u8 {
    // SAFETY: as in `write_port`.
    unsafe { x86::io::inb(port as u16) }
}

/// Takes the interrupts that are pending; see `preemption`.
pub(crate) fn take_interrupts() {
    // SAFETY: interrupt handlers keep every register and this stack; the
    // caller holds no half-made change, by the rule in `preemption`.
    unsafe { asm!("sti", "nop", "cli", options(nostack)) }
}

/// Sleeps until an interrupt has been handled; see `preemption`.
pub(crate) fn sleep_until_interrupt() {
    // SAFETY: as in `take_interrupts`; `sti` takes effect after `hlt` has
    // begun, so no wake-up is lost.
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) }
}

/// Stops for good, with interrupts off.
pub(crate) fn stop_forever() -> ! {
    loop {
        // SAFETY: halting harms nothing, and nothing more is promised.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) }
    }
}

/// Starts the machine anew.
pub(crate) fn reset() -> ! {
    const INPUT_FULL: u8 = 1 << 1;
    const PULSE_RESET: u8 = 0xFE;
    const SYSTEM_RESET: u8 = 1 << 1;
    const NOW: u8 = 1 << 2;
    // All of it, not only the processor: a BIOS that finds the chip set as a
    // kernel has left it may not come up (that of Bochs does not).
    write_port(Port::ResetControl, SYSTEM_RESET);
    write_port(Port::ResetControl, SYSTEM_RESET | NOW);
    // A board without PCI has nothing there.
    // The keyboard controller takes a command when it has read the last one.
    for _ in 0..0x1_0000 {
        if read_port(Port::KeyboardCommand) & INPUT_FULL == 0 {
            break;
        }
    }
    write_port(Port::KeyboardCommand, PULSE_RESET);
    for _ in 0..0x10_0000 {
        core::hint::spin_loop();
    }
    // A board without one: without an IDT any interrupt is a triple fault.
    // SAFETY: the machine is to lose all it has.
    unsafe { asm!("lidt [{}]", in(reg) &[0_u16; 3], options(nostack)) }
    breakpoint();
    stop_forever()
}

/// Enters the debugger through its task gate and comes back.
pub(crate) fn breakpoint() {
    // SAFETY: the gate saves and restores every register.
    unsafe { asm!("int3", options(nostack)) }
}

/// Raises a debug exception.
pub(crate) fn debug_exception() {
    // SAFETY: the gate saves and restores every register.
    unsafe { asm!("int 1", options(nostack)) }
}

/// Returns CR0, CR2 and CR3 as they are.
pub(crate) fn control_registers() -> [u32; 3] {
    let [cr0, cr3]: [u32; 2];
    let cr2 = page_fault_address();
    // SAFETY: reading control registers in ring 0 changes nothing.
    unsafe { asm!("mov {}, cr0", out(reg) cr0, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov {}, cr3", out(reg) cr3, options(nomem, nostack)) }
    [cr0, cr2, cr3]
}

/// Returns CR4 as it is. A processor that has none finds the opcode invalid.
pub(crate) fn control_register_4() -> u32 {
    let cr4: u32;
    // SAFETY: reading control registers in ring 0 changes nothing.
    unsafe { asm!("mov {}, cr4", out(reg) cr4, options(nomem, nostack)) }
    cr4
}

/// Returns CR2: the address of the last page fault.
pub(crate) fn page_fault_address() -> u32 {
    let cr2: u32;
    // SAFETY: reading control registers in ring 0 changes nothing.
    unsafe { asm!("mov {}, cr2", out(reg) cr2, options(nomem, nostack)) }
    cr2
}

/// Makes CR2 what it was at an earlier page fault.
pub(crate) fn set_page_fault_address(address: u32) {
    // SAFETY: the processor only ever writes it.
    unsafe { asm!("mov cr2, {}", in(reg) address, options(nomem, nostack)) }
}

/// Returns the bits of EFLAGS that can be changed, of those that tell one
/// processor from another.
pub(crate) fn changeable_flags() -> u32 {
    let changed: u32;
    // SAFETY: all flags are as before in the end, and the stack too.
    unsafe {
        asm!(
            "pushfd",
            "pop {old}",
            "mov {new}, {old}",
            "xor {new}, {bits}",
            "push {new}",
            "popfd",
            "pushfd",
            "pop {new}",
            "push {old}",
            "popfd",
            "xor {new}, {old}",
            old = out(reg) _,
            new = out(reg) changed,
            bits = const TELLING_FLAGS,
        );
    }
    changed
}

/// Returns whether there is an x87 unit.
pub(crate) fn x87_answers() -> bool {
    // What no x87 unit would write.
    let mut status = 0x5A5A_u16;
    // SAFETY: both run without waiting, and do nothing if nobody is there.
    unsafe {
        asm!(
            "fninit",
            "fnstsw [{status}]",
            status = in(reg) &raw mut status,
            options(nostack)
        );
    }
    status == 0
}

/// Makes every x87 instruction raise #NM, for a processor without the unit.
pub(crate) fn emulate_x87() {
    // SAFETY: reading CR0 changes nothing.
    let cr0 = unsafe { controlregs::cr0() };
    let emulate =
        (cr0 | Cr0::CR0_EMULATE_COPROCESSOR) - Cr0::CR0_MONITOR_COPROCESSOR;
    // SAFETY: the kernel itself uses no x87 registers.
    unsafe { controlregs::cr0_write(emulate) }
}

/// Returns DR0 to DR3, DR6 and DR7.
pub(crate) fn debug_registers() -> [u32; 6] {
    let [d0, d1, d2, d3, d6, d7]: [u32; 6];
    // SAFETY: reading debug registers in ring 0 changes nothing.
    unsafe { asm!("mov {}, dr0", out(reg) d0, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov {}, dr1", out(reg) d1, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov {}, dr2", out(reg) d2, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov {}, dr3", out(reg) d3, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov {}, dr6", out(reg) d6, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov {}, dr7", out(reg) d7, options(nomem, nostack)) }
    [d0, d1, d2, d3, d6, d7]
}

/// Sets DR0 to DR3.
pub(crate) fn set_debug_addresses([d0, d1, d2, d3]: [u32; 4]) {
    // SAFETY: what the addresses are for is DR7's business.
    unsafe { asm!("mov dr0, {}", in(reg) d0, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov dr1, {}", in(reg) d1, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov dr2, {}", in(reg) d2, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov dr3, {}", in(reg) d3, options(nomem, nostack)) }
}

/// Sets DR7, which says what the other debug registers are for.
pub(crate) fn set_debug_control(control: u32) {
    // SAFETY: debug exceptions enter through a task gate, which keeps all
    // registers of whatever runs.
    unsafe { asm!("mov dr7, {}", in(reg) control, options(nostack)) }
}

/// Forgets why the last debug exception came.
pub(crate) fn clear_debug_status() {
    // SAFETY: DR6 only reports.
    unsafe {
        asm!("mov dr6, {}", in(reg) 0xFFFF_0FF0_u32, options(nomem, nostack));
    }
}

/// Turns paging on, with write protection for ring 0 as well, and x87
/// errors by #MF.
///
/// # Safety
///
/// `directory` must map the running code, its stack, and all that is used
/// next at the addresses they have now.
pub(crate) unsafe fn enable_paging(directory: PhysAddr) {
    // SAFETY: the caller promises that what we use next stays mapped.
    unsafe { controlregs::cr3_write(u64::from(directory.0)) }
    // SAFETY: reading CR0 changes nothing.
    let cr0 = unsafe { controlregs::cr0() };
    let paging = Cr0::CR0_ENABLE_PAGING
        | Cr0::CR0_WRITE_PROTECT
        | Cr0::CR0_NUMERIC_ERROR;
    // SAFETY: as the first.
    unsafe { controlregs::cr0_write(cr0 | paging) }
}

/// Drops what the processor remembers of one page's mapping.
pub(crate) fn invalidate(page: VirtAddr) {
    // SAFETY: at worst the processor walks the tables once more.
    unsafe { x86::tlb::flush(page.0 as usize) }
}

/// Drops what the processor remembers of all mappings.
pub(crate) fn forget_mappings() {
    // SAFETY: the directory stays the one that is loaded.
    unsafe {
        asm!(
            "mov {tmp}, cr3",
            "mov cr3, {tmp}",
            tmp = out(reg) _,
            options(nostack),
        );
    }
}

/// Lets x87 instructions run, as before a task switch has set CR0.TS.
pub(crate) fn allow_x87() {
    // SAFETY: the kernel itself uses no x87 registers.
    unsafe { asm!("clts", options(nomem, nostack)) }
}

/// Makes the next x87 instruction raise #NM.
pub(crate) fn forbid_x87() {
    // SAFETY: reading CR0 changes nothing.
    let cr0 = unsafe { controlregs::cr0() };
    // SAFETY: only TS changes, and `allow_x87` undoes it.
    unsafe { controlregs::cr0_write(cr0 | Cr0::CR0_TASK_SWITCHED) }
}

/// What `fnsave` stores, in bytes.
pub(crate) const X87_BYTES: usize = 108;

/// Stores the x87 registers.
pub(crate) fn save_x87(into: &Cell<[u8; X87_BYTES]>) {
    // SAFETY: the cell is as long as what is stored.
    unsafe { asm!("fnsave [{}]", in(reg) into.as_ptr(), options(nostack)) }
}

/// Loads the x87 registers with what [`save_x87`] stored.
pub(crate) fn restore_x87(from: &Cell<[u8; X87_BYTES]>) {
    // SAFETY: the image is one that `fnsave` made.
    unsafe { asm!("frstor [{}]", in(reg) from.as_ptr(), options(nostack)) }
}

/// Empties the x87 registers.
pub(crate) fn initialise_x87() {
    // SAFETY: the kernel itself uses no x87 registers.
    unsafe { asm!("fninit", options(nomem, nostack)) }
}

/// Zeroes `count` words: faster than what the compiler has for it.
///
/// # Safety
///
/// All of them must be valid for writing.
pub(crate) unsafe fn zero_words(first: *mut u32, count: usize) {
    // SAFETY: the caller promises just that; the direction flag is clear
    // wherever Rust runs.
    unsafe {
        asm!(
            "rep stosd",
            inout("ecx") count => _,
            inout("edi") first => _,
            in("eax") 0,
            options(nostack, preserves_flags),
        );
    }
}

/// Copies `from` to `to`: faster than what the compiler has for it.
///
/// # Panics
///
/// Panics if they are not equally long.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    assert_eq!(to.len(), from.len(), "a copy is as long as what is copied");
    // SAFETY: both slices are that long, and the borrows keep them apart.
    unsafe { copy_bytes(to.as_mut_ptr(), from.as_ptr(), from.len()) }
}

/// Copies bytes that do not overlap, as [`copy`] does.
///
/// # Safety
///
/// All of them must be valid, for reading and for writing.
pub(crate) unsafe fn copy_bytes(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: the caller promises just that; the direction flag is clear
    // wherever Rust runs. ESI is not an operand that can be named, but one
    // that `reg` may choose: so each operand has its register.
    unsafe {
        asm!(
            "xchg esi, eax",
            "rep movsd",
            "mov ecx, edx",
            "rep movsb",
            "mov esi, eax",
            inout("eax") from => _,
            in("edx") count % 4,
            inout("ecx") count / 4 => _,
            inout("edi") to => _,
            options(nostack, preserves_flags),
        );
    }
}

/// Returns the processor's cycle counter. One that has none finds the opcode
/// invalid.
pub(crate) fn timestamp() -> u64 {
    // SAFETY: `rdtsc` only reads.
    unsafe { x86::time::rdtsc() }
}

global_asm!(
    ".global switch_stacks",
    "switch_stacks:",
    // Arguments: where to keep the old ESP, the new ESP, the new directory,
    // and where the kernel TSS keeps CR3. All stacks stand at one address,
    // so from the load of CR3 on, nothing of the old one may be touched.
    "mov eax, [esp + 4]",
    "mov ecx, [esp + 8]",
    "mov edx, [esp + 12]",
    "push ebp",
    "mov ebp, [esp + 20]",
    "push ebx",
    "push esi",
    "push edi",
    "mov [eax], esp",
    // The CPU never saves CR3: a trap between these two must resume in the
    // new space.
    "mov [ebp], edx",
    "mov cr3, edx",
    "mov esp, ecx",
    "pop edi",
    "pop esi",
    "pop ebx",
    "pop ebp",
    "ret",
);

unsafe extern "C" {
    fn switch_stacks(
        old_esp: *mut u32,
        new_esp: u32,
        directory: u32,
        tss_cr3: *mut u32,
    );
}

/// Leaves the running task for another, and returns when it is resumed.
///
/// # Safety
///
/// `new_esp` must be what this function stored for that task before, or a
/// first frame in the same form; `directory` must be that task's own;
/// `tss_cr3` must be the kernel TSS's field; all pointers must be valid in
/// every directory.
pub(crate) unsafe fn switch_to(
    old_esp: *mut u32,
    new_esp: u32,
    directory: PhysAddr,
    tss_cr3: *mut u32,
) {
    // SAFETY: the caller keeps the duties above.
    unsafe { switch_stacks(old_esp, new_esp, directory.0, tss_cr3) }
}
