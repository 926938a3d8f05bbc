//! Shared windows: the same frames in the spaces of several processes.
//!
//! A window holds one reference to each of its frames until it is destroyed,
//! and each attachment holds one more; the frames are freed with the last of
//! these. Mapping and unmapping many pages takes long, so there are preemption
//! points in between: an attachment is recorded after all its pages have been
//! mapped, and removed before the first is unmapped.
//!
//! The processes must agree among themselves who may write when; a window names
//! the mailbox that they use for it.

use crate::devices::preemption;
use crate::memory::foreign::ForeignSpace;
use crate::memory::frame_list::FrameList;
use crate::memory::{Label, OutOfMemory, frames};
use crate::process::{UNFINISHED, account, process_tree, space};
use crate::records::list::{Link, List};
use crate::records::mailbox::MAILBOXES;
use crate::records::process::{PROCESSES, Process};
use crate::records::table::Slot;
use crate::records::window::{ATTACHMENTS, Attachment, WINDOWS, Window};
use crate::{cpu, schedule};
use abi::{
    Error, MAX_ATTACHMENTS, MAX_WINDOW_PAGES, WINDOW_SHARED,
    WINDOW_SHARED_WRITABLE, WINDOW_WRITE,
};
use core::cell::Cell;
use layout::paging::{Entry, directory_index, table_index};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use structures::change::Change;

/// Pages that are mapped or unmapped between two preemption points.
const BATCH: u32 = 8;

/// How many windows a process may have created, and how many it may have
/// attached.
const MAX_OF_PROCESS: usize = 256;

/// Creates a window of the running process; see the system call.
#[inline(never)]
pub(crate) fn create(
    pages: u32,
    mailbox: u32,
    rights: u32,
) -> Result<u32, Error> {
    let _unfinished = Change::begin(&UNFINISHED);
    let known = WINDOW_SHARED | WINDOW_SHARED_WRITABLE;
    if !(1..=MAX_WINDOW_PAGES).contains(&pages) || rights & !known != 0 {
        return Err(Error::InvalidArgument);
    }
    if mailbox != 0 && MAILBOXES.get(mailbox).is_none() {
        return Err(Error::MailboxUnavailable);
    }
    let process = schedule::current().process().ok_or(Error::OutOfMemory)?;
    if process.windows.iter().count() >= MAX_OF_PROCESS {
        return Err(Error::OutOfMemory);
    }
    let allocate = || process.allocate_frame(Label::SharedWindow);
    let frames = FrameList::allocate(pages, allocate, account::release)?;
    let window = Window {
        owner_process: Cell::new(process.id()),
        frames,
        mailbox,
        rights,
        is_destroyed: Cell::new(false),
        attachments: List::new(),
        owner_link: Link::new(),
    };
    let window = WINDOWS
        .insert(window)
        .inspect_err(|_| frames.release(account::release))?;
    process.windows.push(window);
    Ok(window.id())
}

/// Maps a window into the running process; see the system call.
#[inline(never)]
pub(crate) fn attach(window: u32, flags: u32) -> Result<u32, Error> {
    if flags & !WINDOW_WRITE != 0 {
        return Err(Error::InvalidArgument);
    }
    let _unfinished = Change::begin(&UNFINISHED);
    let window = existing(window)?;
    let process = schedule::current().process().ok_or(Error::OutOfMemory)?;
    let is_writable = flags & WINDOW_WRITE != 0;
    let is_owner = window.owner_process.get() == process.id();
    let needed = match is_writable {
        true => WINDOW_SHARED | WINDOW_SHARED_WRITABLE,
        false => WINDOW_SHARED,
    };
    if !is_owner && window.rights & needed != needed {
        return Err(Error::AccessDenied);
    }
    if attachment(process, window.id()).is_some() {
        return Err(Error::Busy);
    }
    let is_full = window.attachments.iter().count() >= MAX_ATTACHMENTS
        || process.attachments.iter().count() >= MAX_OF_PROCESS;
    if is_full {
        return Err(Error::OutOfMemory);
    }
    let pages = window.frames.pages();
    let start = process_tree::allocate(pages, Label::SharedWindow)?;
    let attachment = Attachment {
        window: window.id(),
        process: process.id(),
        start,
        is_writable,
        window_link: Link::new(),
        process_link: Link::new(),
    };
    let attachment = map(window, start, is_writable)
        .and_then(|()| ATTACHMENTS.insert(attachment))
        .inspect_err(|_| {
            unmap(process, start, pages);
            give_back(start, pages);
        })?;
    window.attachments.push(attachment);
    process.attachments.push(attachment);
    Ok(start.0)
}

/// Unmaps a window from the running process; see the system call.
#[inline(never)]
pub(crate) fn detach(window: u32) -> Result<(), Error> {
    let _unfinished = Change::begin(&UNFINISHED);
    let process = schedule::current().process();
    let process = process.ok_or(Error::WindowUnavailable)?;
    let attachment =
        attachment(process, window).ok_or(Error::WindowUnavailable)?;
    let start = attachment.start;
    let pages = take_off(process, attachment);
    give_back(start, pages);
    Ok(())
}

/// Frees pages of the running process to which nothing is mapped.
fn give_back(start: VirtAddr, pages: u32) {
    space::drop_empty_tables(start, pages);
    // Last, so that no page of a free run is ever mapped.
    process_tree::free(start, Label::SharedWindow);
}

/// Destroys a window of the running process; see the system call.
#[inline(never)]
pub(crate) fn destroy(window: u32) -> Result<(), Error> {
    let _unfinished = Change::begin(&UNFINISHED);
    let window = existing(window)?;
    if window.owner_process.get() != schedule::current().process {
        return Err(Error::AccessDenied);
    }
    window.is_destroyed.set(true);
    free_if_unused(window);
    Ok(())
}

/// Returns the mailbox of a window; see the system call.
#[inline(never)]
pub(crate) fn mailbox_of(window: u32) -> Result<u32, Error> {
    Ok(existing(window)?.mailbox().unwrap_or(0))
}

/// Returns the size of a window; see the system call.
#[inline(never)]
pub(crate) fn pages_of(window: u32) -> Result<u32, Error> {
    Ok(existing(window)?.frames.pages())
}

/// Releases all windows and attachments of a process that ends. The tree of its
/// address space is freed as a whole.
pub(crate) fn forget_all_of(process: &'static Slot<Process>) {
    while let Some(attachment) = process.attachments.first() {
        take_off(process, attachment);
    }
    while let Some(window) = process.windows.first() {
        window.is_destroyed.set(true);
        if !window.attachments.is_empty() {
            process.windows.remove(window);
            window.owner_process.set(0);
            window.frames.for_each(account::disown);
        }
        free_if_unused(window);
    }
}

/// Returns a window that is not destroyed.
fn existing(window: u32) -> Result<&'static Slot<Window>, Error> {
    let window = WINDOWS.get(window).filter(|w| !w.is_destroyed.get());
    window.ok_or(Error::WindowUnavailable)
}

fn attachment(
    process: &Process,
    window: u32,
) -> Option<&'static Slot<Attachment>> {
    process.attachments.iter().find(|one| one.window == window)
}

/// Maps all frames of a window into the running process, from `start` on.
fn map(
    window: &Window,
    start: VirtAddr,
    writable: bool,
) -> Result<(), OutOfMemory> {
    let rights = if writable { Entry::WRITABLE } else { 0 };
    for (index, frame) in (0..).zip(window.frames.iter()) {
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        frames::share(frame)?;
        space::map(page, Entry::new(frame, Entry::USER | rights))
            .inspect_err(|_| account::release(frame))?;
        preemption::allow_interrupts_every(BATCH, index);
    }
    Ok(())
}

/// Removes an attachment; frees the window if it has been destroyed and this
/// was its last. Returns how many pages were mapped.
fn take_off(process: &Slot<Process>, attachment: &Slot<Attachment>) -> u32 {
    let (window, start) = (attachment.window, attachment.start);
    process.attachments.remove(attachment);
    let Some(window) = WINDOWS.get(window) else { return 0 };
    window.attachments.remove(attachment);
    ATTACHMENTS.remove(attachment.id());
    let pages = window.frames.pages();
    unmap(process, start, pages);
    free_if_unused(window);
    pages
}

/// Unmaps pages of a process and drops the references that they held.
fn unmap(process: &Slot<Process>, start: VirtAddr, pages: u32) {
    let Some(task) = process.tasks().next() else { return };
    for first in (0..pages).step_by(BATCH as usize) {
        let mut space = ForeignSpace::open(task.directory);
        for index in first..pages.min(first + BATCH) {
            let page = VirtAddr(start.0 + index * PAGE_BYTES);
            if let Some(frame) = unmap_page(&mut space, page) {
                account::release(frame);
            }
        }
        drop(space);
        preemption::allow_interrupts();
    }
}

/// Unmaps a page, invalidates its TLB entry, and returns its frame.
fn unmap_page(space: &mut ForeignSpace, page: VirtAddr) -> Option<PhysAddr> {
    let directory_entry = space.slot(directory_index(page));
    if !directory_entry.is_present() {
        return None;
    }
    let (table, index) = (directory_entry.frame(), table_index(page));
    let entry = space.table_entry(table, index);
    space.set_table_entry(table, index, Entry::ABSENT);
    cpu::invalidate(page);
    entry.is_present().then(|| entry.frame())
}

/// Frees the frames of a window that is destroyed and has no attachments.
fn free_if_unused(window: &Slot<Window>) {
    if !window.is_destroyed.get() || !window.attachments.is_empty() {
        return;
    }
    let owner = PROCESSES.get(window.owner_process.get());
    if let Some(owner) = owner {
        owner.windows.remove(window);
    }
    let frames = window.frames;
    WINDOWS.remove(window.id());
    frames.release(account::release);
}
