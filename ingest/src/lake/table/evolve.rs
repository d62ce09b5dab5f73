//! A table that an older version made gets the columns that came since; what it holds stays as it is.

use arrow::datatypes::Schema;
use deltalake::kernel::{Action, MetadataExt, StructField, StructType};
use deltalake::protocol::DeltaOperation;
use uuid::Uuid;

use super::{Commit, Table, delta_columns};
use crate::IngestError;

const ATTEMPTS: usize = 16;

impl Table {
    /// Adds the columns of `schema` that the table lacks, at its end. They may be null, whatever `schema` says: older
    /// files do not have them. Columns that only the table has stay.
    ///
    /// # Errors
    /// [`IngestError::ColumnType`] when a column is there with another type; [`IngestError::Contended`].
    pub(in crate::lake) async fn widen(&mut self, schema: &Schema) -> Result<(), IngestError> {
        for _ in 0..ATTEMPTS {
            let table = self.struct_type()?;
            let missing = missing(self.name(), &table, schema)?;
            if missing.is_empty() {
                return Ok(());
            }
            let columns = table.fields().cloned().chain(missing.iter().cloned());
            let wider = StructType::try_new(columns).map_err(|error| self.error(error.into()))?;
            let metadata = self.metadata()?.clone().with_schema(&wider);
            let metadata = metadata.map_err(|error| self.error(error.into()))?;
            tracing::info!(
                table = self.name(),
                columns = missing.len(),
                "the table gets new columns"
            );
            let operation = DeltaOperation::AddColumn { fields: missing };
            let actions = [Action::Metadata(metadata)];
            if let Commit::Done(_) = self.commit_as(operation, &actions, Uuid::new_v4(), &[]).await? {
                return Ok(());
            }
        }
        Err(IngestError::Contended {
            table: self.name().to_owned(),
            attempts: ATTEMPTS,
        })
    }
}

/// The columns of `wanted` that the table lacks, none of them required.
fn missing(name: &str, table: &StructType, wanted: &Schema) -> Result<Vec<StructField>, IngestError> {
    let mut missing = Vec::new();
    for column in delta_columns(wanted, None)? {
        match table.field(column.name()) {
            None => missing.push(StructField::nullable(column.name().clone(), column.data_type().clone())),
            Some(known) if known.data_type() == column.data_type() => {}
            Some(known) => {
                return Err(IngestError::ColumnType {
                    table: name.to_owned(),
                    column: column.name().clone(),
                    found: known.data_type().to_string(),
                    wanted: column.data_type().to_string(),
                });
            }
        }
    }
    Ok(missing)
}
