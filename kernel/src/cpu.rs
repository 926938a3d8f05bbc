//! The processor instructions that Rust cannot express.
//!
//! Whether the processor has an optional feature is decided elsewhere: see
//! `processor`.

use core::arch::{asm, global_asm};
use core::cell::Cell;
use layout::{PhysAddr, VirtAddr};
use structures::processor::TELLING_FLAGS;
use wire::sse;
use wire::x87::Image;
use x86::controlregs::{self, Cr0, Cr4};

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
    /// Which byte of the battery-backed clock's memory is meant.
    CmosIndex = 0x70,
    CmosData = 0x71,
    SlavePicCommand = 0xA0,
    SlavePicData = 0xA1,
    /// On chip sets with PCI.
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
    // SAFETY: interrupt handlers preserve every register and this stack; by the
    // rule in `preemption`, the caller has no change in progress.
    unsafe { asm!("sti", "nop", "cli", options(nostack)) }
}

/// Halts until an interrupt has been handled; see `preemption`.
pub(crate) fn sleep_until_interrupt() {
    // SAFETY: as in `take_interrupts`; `sti` takes effect after `hlt` has
    // begun, so no wake-up is lost.
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) }
}

/// Halts for good, with interrupts off.
pub(crate) fn stop_forever() -> ! {
    loop {
        // SAFETY: halting is harmless, and the function never returns.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) }
    }
}

/// Resets the machine.
pub(crate) fn reset() -> ! {
    const INPUT_FULL: u8 = 1 << 1;
    const PULSE_RESET: u8 = 0xFE;
    const SYSTEM_RESET: u8 = 1 << 1;
    const NOW: u8 = 1 << 2;
    // Reset the whole machine, not only the processor: a BIOS that finds the
    // chip set as a kernel has left it may not come up (that of Bochs does
    // not).
    write_port(Port::ResetControl, SYSTEM_RESET);
    write_port(Port::ResetControl, SYSTEM_RESET | NOW);
    // A board without PCI has nothing at this port.
    // The keyboard controller accepts a command once it has read the last one.
    for _ in 0..0x1_0000 {
        if read_port(Port::KeyboardCommand) & INPUT_FULL == 0 {
            break;
        }
    }
    write_port(Port::KeyboardCommand, PULSE_RESET);
    for _ in 0..0x10_0000 {
        core::hint::spin_loop();
    }
    // A board without a keyboard controller: with no IDT, any interrupt is a
    // triple fault.
    // SAFETY: the machine is being reset; no state has to survive.
    unsafe { asm!("lidt [{}]", in(reg) &[0_u16; 3], options(nostack)) }
    breakpoint();
    stop_forever()
}

/// Enters the debugger through its task gate and returns afterwards.
pub(crate) fn breakpoint() {
    // SAFETY: the gate saves and restores every register.
    unsafe { asm!("int3", options(nostack)) }
}

/// Raises a debug exception.
pub(crate) fn debug_exception() {
    // SAFETY: the gate saves and restores every register.
    unsafe { asm!("int 1", options(nostack)) }
}

/// Returns CR0.
pub(crate) fn control_register_0() -> u32 {
    let cr0: u32;
    // SAFETY: reading control registers in ring 0 changes nothing.
    unsafe { asm!("mov {}, cr0", out(reg) cr0, options(nomem, nostack)) }
    cr0
}

/// Returns CR4. On a processor without it, this raises #UD.
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

/// Restores CR2.
pub(crate) fn set_page_fault_address(address: u32) {
    // SAFETY: the processor stores to CR2 and never acts on it.
    unsafe { asm!("mov cr2, {}", in(reg) address, options(nomem, nostack)) }
}

/// Returns which of the EFLAGS bits that distinguish processor models can be
/// changed.
pub(crate) fn changeable_flags() -> u32 {
    let changed: u32;
    // SAFETY: all flags and the stack are restored at the end.
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
    // A value that no x87 unit would write.
    let mut status = 0x5A5A_u16;
    // SAFETY: neither instruction waits, and both do nothing if there is no
    // unit.
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

/// Returns DR0 to DR3, and DR6.
pub(crate) fn debug_registers() -> [u32; 5] {
    let [d0, d1, d2, d3, d6]: [u32; 5];
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
    [d0, d1, d2, d3, d6]
}

/// Sets DR0 to DR3.
pub(crate) fn set_debug_addresses([d0, d1, d2, d3]: [u32; 4]) {
    // SAFETY: DR7 decides what the addresses are used for.
    unsafe { asm!("mov dr0, {}", in(reg) d0, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov dr1, {}", in(reg) d1, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov dr2, {}", in(reg) d2, options(nomem, nostack)) }
    // SAFETY: as above.
    unsafe { asm!("mov dr3, {}", in(reg) d3, options(nomem, nostack)) }
}

/// Sets DR7, which enables the breakpoints and gives their kinds.
pub(crate) fn set_debug_control(control: u32) {
    // SAFETY: debug exceptions enter through a task gate, which preserves all
    // registers of the interrupted code.
    unsafe { asm!("mov dr7, {}", in(reg) control, options(nostack)) }
}

/// Clears DR6, which reports the cause of the last debug exception.
pub(crate) fn clear_debug_status() {
    // SAFETY: DR6 only reports.
    unsafe {
        asm!("mov dr6, {}", in(reg) 0xFFFF_0FF0_u32, options(nomem, nostack));
    }
}

/// Turns paging on, with write protection for ring 0 as well, and enables #MF
/// for x87 errors.
///
/// # Safety
///
/// `directory` must map the running code, its stack, and everything used next
/// at its current address.
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

/// Invalidates the TLB entry of one page.
pub(crate) fn invalidate(page: VirtAddr) {
    // SAFETY: at worst the processor walks the tables once more.
    unsafe { x86::tlb::flush(page.0 as usize) }
}

/// Flushes the TLB.
pub(crate) fn forget_mappings() {
    // SAFETY: the same directory is loaded again.
    unsafe { x86::tlb::flush_all() }
}

/// Clears CR0.TS, so that x87 instructions run.
pub(crate) fn allow_x87() {
    // SAFETY: the kernel itself uses no x87 registers.
    unsafe { asm!("clts", options(nomem, nostack)) }
}

/// Returns whether the next x87 instruction runs.
pub(crate) fn is_x87_allowed() -> bool {
    control_register_0() & Cr0::CR0_TASK_SWITCHED.bits() as u32 == 0
}

/// Makes the next x87 instruction raise #NM.
pub(crate) fn forbid_x87() {
    // SAFETY: reading CR0 changes nothing.
    let cr0 = unsafe { controlregs::cr0() };
    // SAFETY: only TS changes, and `allow_x87` undoes it.
    unsafe { controlregs::cr0_write(cr0 | Cr0::CR0_TASK_SWITCHED) }
}

/// Stores the x87 registers and keeps them as they are. An exception that is
/// pending stays so: `fnsave` does not wait for it, and leaves none for which
/// `frstor` would.
pub(crate) fn copy_x87(into: &Cell<Image>) {
    // SAFETY: the cell is as large as the image that is stored.
    unsafe {
        asm!(
            "fnsave [{image}]",
            "frstor [{image}]",
            image = in(reg) into.as_ptr(),
            options(nostack)
        );
    }
}

/// Loads the x87 registers; an exception that was pending is forgotten, for
/// which `frstor` would wait.
pub(crate) fn load_x87(from: &Cell<Image>) {
    // SAFETY: `frstor` takes any image, and the kernel itself uses no x87
    // registers.
    unsafe {
        asm!(
            "fninit",
            "frstor [{}]",
            in(reg) from.as_ptr(),
            options(nostack)
        );
    }
}

/// Lets ring 3 use SSE, whose errors raise #XM. For a processor that has it.
pub(crate) fn enable_sse() {
    // SAFETY: whoever has SSE has CR4; reading it changes nothing.
    let cr4 = unsafe { controlregs::cr4() };
    let sse = Cr4::CR4_ENABLE_SSE | Cr4::CR4_UNMASKED_SSE;
    // SAFETY: the kernel itself uses no SSE registers, and has a gate for #XM.
    unsafe { controlregs::cr4_write(cr4 | sse) }
}

/// Stores the SSE registers.
pub(crate) fn copy_sse(into: &Cell<sse::Image>) {
    // SAFETY: the cell has eight vectors and MXCSR in this order.
    unsafe {
        asm!(
            "movups [{image}], xmm0",
            "movups [{image} + 16], xmm1",
            "movups [{image} + 32], xmm2",
            "movups [{image} + 48], xmm3",
            "movups [{image} + 64], xmm4",
            "movups [{image} + 80], xmm5",
            "movups [{image} + 96], xmm6",
            "movups [{image} + 112], xmm7",
            "stmxcsr [{image} + 128]",
            image = in(reg) into.as_ptr(),
            options(nostack)
        );
    }
}

/// Loads the SSE registers.
pub(crate) fn load_sse(from: &Cell<sse::Image>) {
    // SAFETY: the kernel itself uses no SSE registers. MXCSR has no bits set
    // that the processor lacks: what is loaded was stored before, or is allowed
    // everywhere.
    unsafe {
        asm!(
            "movups xmm0, [{image}]",
            "movups xmm1, [{image} + 16]",
            "movups xmm2, [{image} + 32]",
            "movups xmm3, [{image} + 48]",
            "movups xmm4, [{image} + 64]",
            "movups xmm5, [{image} + 80]",
            "movups xmm6, [{image} + 96]",
            "movups xmm7, [{image} + 112]",
            "ldmxcsr [{image} + 128]",
            image = in(reg) from.as_ptr(),
            options(nostack)
        );
    }
}

/// Zeroes `count` words; faster than the compiler's own code.
///
/// # Safety
///
/// All of them must be valid for writing.
pub(crate) unsafe fn zero_words(first: *mut u32, count: usize) {
    // SAFETY: the caller promises exactly that; the direction flag is clear
    // wherever Rust code runs.
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

/// Copies `from` to `to`; faster than the compiler's own code.
///
/// # Panics
///
/// Panics if their lengths differ.
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
    // SAFETY: the caller promises exactly that; the direction flag is clear
    // wherever Rust code runs. ESI cannot be named as an operand, but `reg` may
    // choose it, so every operand has a register of its own.
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

/// Returns the processor's cycle counter. On a processor without one, this
/// raises #UD.
pub(crate) fn timestamp() -> u64 {
    // SAFETY: `rdtsc` only reads.
    unsafe { x86::time::rdtsc() }
}

global_asm!(
    ".global switch_stacks",
    "switch_stacks:",
    // Arguments: where to store the old ESP, the new ESP, the new directory,
    // and where the kernel TSS keeps CR3. All kernel stacks are at the same
    // address, so after CR3 is loaded nothing on the old one may be touched.
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

/// Switches from the running task to another, and returns when it is resumed.
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
    // SAFETY: the caller fulfils the conditions above.
    unsafe { switch_stacks(old_esp, new_esp, directory.0, tss_cr3) }
}
