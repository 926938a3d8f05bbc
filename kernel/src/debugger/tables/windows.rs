//! The rows of shared windows and their frames.

use super::records;
use crate::debugger::collector::{Asked, Collector};
use crate::records::table::Slot;
use crate::records::window::{WINDOWS, Window};
use abi::MAX_ATTACHMENTS;
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::rows::{self, Attachment, Attachments, WindowFrame};

impl Collector for rows::Window<'_> {
    const SOURCES: &'static [Structure] =
        &[Structure::Windows, Structure::Attachments, Structure::Lists];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        records::collect(asked.from, sink, |window: &Slot<Window>, sink| {
            let mut list = [[0; Attachment::BYTES]; MAX_ATTACHMENTS];
            let mut count = 0;
            for (place, one) in list.iter_mut().zip(window.attachments.iter()) {
                let attachment = Attachment {
                    process: one.process,
                    start: one.start,
                    writable: one.is_writable,
                };
                *place = attachment.to_bytes();
                count += 1;
            }
            let attachments = list[..count].as_flattened();
            let row = rows::Window {
                id: window.id(),
                owner_process: window.owner_process.get(),
                pages: window.frames.pages(),
                mailbox: window.mailbox(),
                attachments: Attachments::from_bytes(attachments),
            };
            sink.push(window.id(), &row)
        })
    }
}

impl Collector for WindowFrame {
    const SOURCES: &'static [Structure] = &[Structure::Windows];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let window = WINDOWS.get(asked.of).ok_or(NoRows::NoSuchWindow)?;
        let mut index = asked.from;
        while let Some(frame) = window.frames.get(index)
            && sink.push(index, &WindowFrame { frame })
        {
            index += 1;
        }
        Ok(())
    }
}
