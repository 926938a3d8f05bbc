//! `images`: the files that the kernel and its programs come from.
#![doc = manual!("images")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{self, plain};
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{Image, Table};

/// How many digits of a build id are enough to tell it from others.
const SHORT: usize = 12;

/// The files that the kernel and its programs come from
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("images"))]
pub struct Args {}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["images"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let rows = context.target()?.rows(Table::Images, 0)?;
        let images = rows.decode::<Image<'_>>()?;
        Ok(context
            .answer(|| json!({"images": images}), |out| text(out, &images)))
    }
}

fn text(out: &mut dyn Write, images: &[Image<'_>]) -> fmt::Result {
    let mut table = table::Table::new([
        Right("image"),
        Left("name"),
        Left("start"),
        Left("last"),
        Left("build id"),
        Left(""),
    ]);
    for image in images {
        let Image { id, name, start, last, .. } = image;
        let build_id = image.build_id.as_ref();
        let mut digits = build_id.map_or("none".into(), ToString::to_string);
        digits.truncate(SHORT);
        let remark = match image.overlaps {
            Some(other) => format!("shares addresses with {other}"),
            None if image.kernel => "the kernel".to_owned(),
            None => String::new(),
        };
        table.push([id, &plain(name), start, last, &digits, &remark]);
    }
    table.write(out)
}
