//! The functions that the views call: pure, by row, registered under these names in every process that
//! runs a plan of ours.
//!
//! - `call_outcome(error_code)`: `ok`, `denied` or `error`.
//! - `utc_day(time)`: the start of the time's UTC day.
//! - `caller(…)`: who called, reduced to what tells callers apart: `{key, shared_event_id,
//!   issued_access_key_id, requested_role_arn, recipient_account_id, node_agent}`.
//! - `iam_call(…)`: what IAM checked: `{actions [text], resources [text], checks [{action, resource,
//!   conditions (JSON text)}], unmapped (why there is no action), unknown (no rule knows the call)}`.
//! - `log_file(name)`: what the name of a trail's log file says: `{account, region, delivered}`.
//! - `resource_root(resource)`: a resource without what is inside it.

mod names;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, ListBuilder, StringBuilder, StringViewArray, StructArray, StructBuilder,
    TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use podtrail_analysis::lineage::{CallerRef, is_assume_role, node_agent};
use podtrail_event::time::Timestamp;
use podtrail_iam::map::{Call, Mapping, Outcome, is_of_one_call, map_call, outcome};
use podtrail_ingest::lake::schema::timestamp;
use serde_json::Value;

/// The columns that `caller` takes, in order.
pub(super) const CALLER_COLUMNS: [&str; 19] = [
    "identity_type",
    "principal_id",
    "identity_arn",
    "identity_account_id",
    "access_key_id",
    "user_name",
    "invoked_by",
    "issuer_arn",
    "issuer_id",
    "session_name",
    "federated_provider",
    "ec2_role_delivery",
    "shared_event_id",
    "recipient_account_id",
    "user_agent",
    "event_source",
    "event_name",
    "request_parameters",
    "response_elements",
];

/// The columns that `iam_call` takes, in order.
pub(super) const CALL_COLUMNS: [&str; 16] = [
    "event_source",
    "event_name",
    "event_type",
    "event_category",
    "aws_region",
    "recipient_account_id",
    "issuer_arn",
    "identity_arn",
    "identity_account_id",
    "invoked_by",
    "error_code",
    "error_message",
    "request_parameters",
    "response_elements",
    "resources",
    "additional_event_data",
];

/// Every function, to be registered with a session.
pub(super) fn all() -> Vec<ScalarUDF> {
    let caller_arguments = CALLER_COLUMNS.len() + 1;
    vec![
        ScalarUDF::from(ByRow::new("call_outcome", 1, DataType::Utf8, outcomes)),
        ScalarUDF::from(ByRow::new("utc_day", 1, timestamp(), days)),
        ScalarUDF::from(ByRow::new(
            "caller",
            caller_arguments,
            DataType::Struct(caller_fields()),
            callers,
        )),
        ScalarUDF::from(ByRow::new(
            "iam_call",
            CALL_COLUMNS.len(),
            DataType::Struct(iam_fields()),
            iam_calls,
        )),
        ScalarUDF::from(ByRow::new(
            "log_file",
            1,
            DataType::Struct(names::log_file_fields()),
            names::log_files,
        )),
        ScalarUDF::from(ByRow::new("resource_root", 1, DataType::Utf8, names::resource_roots)),
    ]
}

/// The call of `caller` over the columns of `events`.
pub(super) fn caller_sql() -> String {
    format!("caller({}, session_created)", CALLER_COLUMNS.join(", "))
}

/// The call of `iam_call` over the columns of `events`.
pub(super) fn iam_call_sql() -> String {
    format!("iam_call({})", CALL_COLUMNS.join(", "))
}

/// A function of text columns (and times), computed row by row.
#[derive(Debug)]
struct ByRow {
    name: &'static str,
    signature: Signature,
    returns: DataType,
    compute: fn(&Columns) -> Result<ArrayRef>,
}

/// A function is its name: there is one of each.
impl PartialEq for ByRow {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ByRow {}

impl std::hash::Hash for ByRow {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ByRow {
    fn new(name: &'static str, arguments: usize, returns: DataType, compute: fn(&Columns) -> Result<ArrayRef>) -> Self {
        Self {
            name,
            signature: Signature::any(arguments, Volatility::Immutable),
            returns,
            compute,
        }
    }
}

impl ScalarUDFImpl for ByRow {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = Columns::new(&ColumnarValue::values_to_arrays(&args.args)?, args.number_rows)?;
        Ok(ColumnarValue::Array((self.compute)(&columns)?))
    }
}

/// The arguments of one batch: texts, and the times of the last one where it is a time.
struct Columns {
    texts: Vec<StringViewArray>,
    times: Option<TimestampMicrosecondArray>,
    rows: usize,
}

impl Columns {
    fn new(arrays: &[ArrayRef], rows: usize) -> Result<Self> {
        let mut texts = Vec::with_capacity(arrays.len());
        let mut times = None;
        for array in arrays {
            if matches!(array.data_type(), DataType::Timestamp(..)) {
                times = Some(
                    cast(array, &timestamp())?
                        .as_primitive::<TimestampMicrosecondType>()
                        .clone(),
                );
            } else {
                texts.push(cast(array, &DataType::Utf8View)?.as_string_view().clone());
            }
        }
        Ok(Self { texts, times, rows })
    }

    /// The texts of one row, in the order of the arguments.
    fn row<const N: usize>(&self, row: usize) -> Result<[Option<&str>; N]> {
        let values: Vec<Option<&str>> = self
            .texts
            .iter()
            .map(|column| column.is_valid(row).then(|| column.value(row)))
            .collect();
        let given = values.len();
        values
            .try_into()
            .map_err(|_| exec_datafusion_err!("{given} text arguments where {N} are needed"))
    }

    fn time(&self, row: usize) -> Option<Timestamp> {
        self.times
            .as_ref()
            .and_then(|times| times.is_valid(row).then(|| Timestamp(times.value(row))))
    }
}

/// An outcome as the views spell it.
const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Denied => "denied",
        Outcome::Error => "error",
    }
}

fn outcomes(columns: &Columns) -> Result<ArrayRef> {
    let mut names = StringBuilder::new();
    for row in 0..columns.rows {
        let [error_code] = columns.row(row)?;
        names.append_value(outcome_name(outcome(error_code)));
    }
    Ok(Arc::new(names.finish()))
}

/// The engine's own `date_trunc` counts in nanoseconds, which end in the year 2262.
fn days(columns: &Columns) -> Result<ArrayRef> {
    const DAY: i64 = 86_400_000_000;
    let start = |Timestamp(micros): Timestamp| micros.div_euclid(DAY).saturating_mul(DAY);
    let days: TimestampMicrosecondArray = (0..columns.rows).map(|row| columns.time(row).map(start)).collect();
    Ok(Arc::new(days.with_timezone("UTC")))
}

fn caller_fields() -> Fields {
    [
        "key",
        "shared_event_id",
        "issued_access_key_id",
        "requested_role_arn",
        "recipient_account_id",
        "node_agent",
    ]
    .map(|name| Field::new(name, DataType::Utf8, true))
    .into_iter()
    .collect()
}

fn callers(columns: &Columns) -> Result<ArrayRef> {
    let mut builders: [StringBuilder; 6] = std::array::from_fn(|_| StringBuilder::new());
    for row in 0..columns.rows {
        let texts = columns.row::<19>(row)?;
        let [.., user_agent, source, name, request, response] = texts;
        let (issued, requested) = if is_assume_role(source, name) {
            (
                text_at(response, "/credentials/accessKeyId"),
                text_at(request, "/roleArn"),
            )
        } else {
            (None, None)
        };
        let caller = CallerRef {
            node_agent: node_agent(source, name, user_agent),
            ..caller_ref(texts, columns.time(row), issued.as_deref(), requested.as_deref())
        };
        let caller = caller.reduced(source, name);
        let [key, shared, issued_key, role, account, agent] = &mut builders;
        key.append_value(caller.key());
        shared.append_option(caller.shared_event_id);
        issued_key.append_option(caller.issued_access_key_id);
        role.append_option(caller.requested_role_arn);
        account.append_option(caller.recipient_account_id);
        agent.append_option(caller.node_agent);
    }
    let arrays = builders
        .iter_mut()
        .map(|builder| Arc::new(builder.finish()) as ArrayRef)
        .collect();
    Ok(Arc::new(StructArray::try_new(caller_fields(), arrays, None)?))
}

fn caller_ref<'a>(
    texts: [Option<&'a str>; 19],
    session_created: Option<Timestamp>,
    issued_access_key_id: Option<&'a str>,
    requested_role_arn: Option<&'a str>,
) -> CallerRef<'a> {
    let [
        identity_type,
        principal_id,
        identity_arn,
        identity_account_id,
        access_key_id,
        user_name,
        invoked_by,
        issuer_arn,
        issuer_id,
        session_name,
        federated_provider,
        ec2_role_delivery,
        shared_event_id,
        recipient_account_id,
        ..,
    ] = texts;
    CallerRef {
        identity_type,
        principal_id,
        identity_arn,
        identity_account_id,
        access_key_id,
        user_name,
        invoked_by,
        issuer_arn,
        issuer_id,
        session_name,
        session_created,
        federated_provider,
        ec2_role_delivery,
        shared_event_id,
        issued_access_key_id,
        requested_role_arn,
        recipient_account_id,
        node_agent: None,
    }
}

fn text_at(json: Option<&str>, pointer: &str) -> Option<String> {
    serde_json::from_str::<Value>(json?)
        .ok()?
        .pointer(pointer)?
        .as_str()
        .map(str::to_owned)
}

fn check_fields() -> Fields {
    ["action", "resource", "conditions"]
        .map(|name| Field::new(name, DataType::Utf8, true))
        .into_iter()
        .collect()
}

fn iam_fields() -> Fields {
    let list = |item: DataType| DataType::List(Arc::new(Field::new_list_field(item, true)));
    [
        Field::new("actions", list(DataType::Utf8), true),
        Field::new("resources", list(DataType::Utf8), true),
        Field::new("checks", list(DataType::Struct(check_fields())), true),
        Field::new("unmapped", DataType::Utf8, true),
        Field::new("unknown", DataType::Boolean, true),
    ]
    .into_iter()
    .collect()
}

fn iam_calls(columns: &Columns) -> Result<ArrayRef> {
    let mut actions = ListBuilder::new(StringBuilder::new());
    let mut resources = ListBuilder::new(StringBuilder::new());
    let mut checks = ListBuilder::new(StructBuilder::from_fields(check_fields(), columns.rows));
    let mut unmapped = StringBuilder::new();
    let mut unknown = BooleanBuilder::new();
    for row in 0..columns.rows {
        let mapping = map_call(&call(columns.row::<16>(row)?));
        append_names(&mut actions, &mut resources, &mapping);
        append_checks(&mut checks, &mapping)?;
        unmapped.append_option(mapping.unmapped.as_deref());
        unknown.append_value(mapping.is_unknown());
    }
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(actions.finish()),
        Arc::new(resources.finish()),
        Arc::new(checks.finish()),
        Arc::new(unmapped.finish()),
        Arc::new(unknown.finish()),
    ];
    Ok(Arc::new(StructArray::try_new(iam_fields(), arrays, None)?))
}

fn call(texts: [Option<&str>; 16]) -> Call<'_> {
    let [
        event_source,
        event_name,
        event_type,
        event_category,
        aws_region,
        recipient_account_id,
        issuer_arn,
        identity_arn,
        identity_account_id,
        invoked_by,
        error_code,
        error_message,
        request_parameters,
        response_elements,
        resources,
        additional_event_data,
    ] = texts;
    Call {
        event_source: event_source.unwrap_or_default(),
        event_name: event_name.unwrap_or_default(),
        event_type,
        event_category,
        aws_region,
        recipient_account_id,
        issuer_arn,
        identity_arn,
        identity_account_id,
        invoked_by,
        error_code,
        error_message,
        request_parameters,
        response_elements,
        resources,
        additional_event_data,
    }
}

/// The distinct actions in the order of the mapping, and the distinct resources, sorted.
fn append_names(
    actions: &mut ListBuilder<StringBuilder>,
    resources: &mut ListBuilder<StringBuilder>,
    mapping: &Mapping,
) {
    let mut names: Vec<&str> = Vec::new();
    for action in &mapping.actions {
        if !names.contains(&action.action) {
            names.push(action.action);
        }
    }
    actions.append_value(names.into_iter().map(Some));
    let mut arns: Vec<&str> = mapping
        .actions
        .iter()
        .flat_map(|action| action.resources.iter().map(String::as_str))
        .collect();
    arns.sort_unstable();
    arns.dedup();
    resources.append_value(arns.into_iter().map(Some));
}

fn append_checks(checks: &mut ListBuilder<StructBuilder>, mapping: &Mapping) -> Result<()> {
    for action in &mapping.actions {
        // What is of one call alone would keep calls from being added up.
        let lasting: BTreeMap<_, _> = action
            .conditions
            .iter()
            .filter(|(key, _)| !is_of_one_call(key))
            .collect();
        let conditions = if lasting.is_empty() {
            None
        } else {
            Some(serde_json::to_string(&lasting).map_err(|error| exec_datafusion_err!("{error}"))?)
        };
        for resource in &action.resources {
            let values = [Some(action.action), Some(resource.as_str()), conditions.as_deref()];
            for (column, value) in values.into_iter().enumerate() {
                checks
                    .values()
                    .field_builder::<StringBuilder>(column)
                    .ok_or_else(|| exec_datafusion_err!("a check has no column {column}"))?
                    .append_option(value);
            }
            checks.values().append(true);
        }
    }
    checks.append(true);
    Ok(())
}
