//! Rows for people and programs: a table on a terminal, JSON, JSON lines, CSV elsewhere.

use std::io::{self, IsTerminal, Write};

use arrow::json::WriterBuilder;
use arrow::json::writer::{JsonArray, LineDelimited};
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use podtrail_query::engine::guard::SqlAnswer;
use serde::Serialize;
use serde_json::{Map, Value};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns aligned for reading.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// A header line, then one line a row; lists as JSON arrays.
    Csv,
}

impl Format {
    /// The format asked for, else a table on a terminal and JSON lines elsewhere.
    #[must_use]
    pub fn or_default(asked: Option<Self>) -> Self {
        let fallback = if io::stdout().is_terminal() {
            Self::Table
        } else {
            Self::Jsonl
        };
        asked.unwrap_or(fallback)
    }
}

/// The rows of an answer to SQL as JSON objects with every column.
///
/// # Errors
/// When a column has a type that JSON cannot hold.
pub fn sql_objects(answer: &SqlAnswer) -> anyhow::Result<Vec<Map<String, Value>>> {
    let mut lines = Vec::new();
    write_sql_lines(&mut lines, answer)?;
    Ok(serde_json::Deserializer::from_slice(&lines)
        .into_iter()
        .collect::<Result<_, _>>()?)
}

/// Writes the rows of an answer to SQL, its columns in their order.
///
/// # Errors
/// When the output cannot be written, or a column has a type that JSON cannot hold.
pub fn print_sql(format: Format, answer: &SqlAnswer) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Jsonl => write_sql_lines(&mut out, answer),
        Format::Json => {
            let mut writer = WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, JsonArray>(&mut out);
            for batch in &answer.batches {
                writer.write(batch)?;
            }
            writer.finish()?;
            Ok(writeln!(out)?)
        }
        Format::Csv | Format::Table => {
            let columns: Vec<&str> = answer
                .schema
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect();
            Ok(print_objects(&mut out, format, &columns, &sql_objects(answer)?)?)
        }
    }
}

fn write_sql_lines(out: &mut dyn Write, answer: &SqlAnswer) -> anyhow::Result<()> {
    let mut writer = WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, LineDelimited>(out);
    for batch in &answer.batches {
        writer.write(batch)?;
    }
    Ok(writer.finish()?)
}

/// Writes structs as rows; a table shows only `columns`, in their order.
///
/// # Errors
/// When the output cannot be written.
pub fn print_rows<T: Serialize>(format: Format, columns: &[&str], rows: &[T]) -> io::Result<()> {
    let objects: Vec<Map<String, Value>> = rows
        .iter()
        .filter_map(|row| match serde_json::to_value(row) {
            Ok(Value::Object(object)) => Some(object),
            _ => None,
        })
        .collect();
    print_objects(&mut io::stdout().lock(), format, columns, &objects)
}

/// Writes objects as rows. Table and CSV show `columns`; JSON shows every field.
///
/// # Errors
/// When the output cannot be written.
pub fn print_objects(
    out: &mut dyn Write,
    format: Format,
    columns: &[&str],
    rows: &[Map<String, Value>],
) -> io::Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, rows)?;
            writeln!(out)
        }
        Format::Jsonl => rows.iter().try_for_each(|row| {
            serde_json::to_writer(&mut *out, row)?;
            writeln!(out)
        }),
        Format::Csv => write_csv(out, columns, rows),
        Format::Table => write_table(out, columns, rows),
    }
}

/// CSV with LF. Text that a spreadsheet would run as a formula is preceded by `'`: user agents and session
/// names are chosen by whoever calls.
///
/// # Errors
/// When the output cannot be written.
pub fn write_csv(out: &mut dyn Write, columns: &[&str], rows: &[Map<String, Value>]) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(out);
    csv.write_record(columns)?;
    for row in rows {
        csv.write_record(columns.iter().map(|column| csv_cell(row.get(*column))))?;
    }
    csv.flush()
}

fn csv_cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn write_table(out: &mut dyn Write, columns: &[&str], rows: &[Map<String, Value>]) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().map(|column| column.replace('_', " ")));
    for row in rows {
        table.add_row(
            columns
                .iter()
                .map(|column| terminal_text(&table_cell(row.get(*column)))),
        );
    }
    writeln!(out, "{table}")
}

fn table_cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".into(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join("\n"),
        Some(other) => other.to_string(),
    }
}

/// Text without control characters but line feeds: nothing that came out of a log may steer a terminal.
#[must_use]
pub fn terminal_text(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows() -> Vec<Map<String, Value>> {
        let rows = json!([
            {"id": "a", "agent": "=cmd()", "actions": ["s3:GetObject"], "calls": -2},
            {"id": "b,\"c\"", "agent": null, "actions": [], "calls": 1},
        ]);
        serde_json::from_value(rows).unwrap()
    }

    fn printed(format: Format) -> String {
        let mut out = Vec::new();
        print_objects(&mut out, format, &["id", "agent", "actions", "calls"], &rows()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn csv_quotes_lists_and_disarms_formulas_but_not_numbers() {
        let expected = "id,agent,actions,calls\na,'=cmd(),\"[\"\"s3:GetObject\"\"]\",-2\n\"b,\"\"c\"\"\",,[],1\n";
        assert_eq!(printed(Format::Csv), expected);
    }

    #[test]
    fn json_lines_hold_every_field() {
        let lines: Vec<Value> = printed(Format::Jsonl)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["actions"], json!(["s3:GetObject"]));
    }

    #[test]
    fn a_table_shows_no_control_characters() {
        assert_eq!(terminal_text("a\u{1b}[31mred\u{7}"), "a\u{fffd}[31mred\u{fffd}");
        assert!(printed(Format::Table).contains("s3:GetObject"));
    }
}
