//! What is asked of a table: group by one column, aggregate another, keep the records that meet a condition.

use csv::ByteRecord;

use super::super::Refusal;
use super::slice::number;
use crate::text::scrub;

/// A question with its columns found in the header.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    /// How many fields a record must have.
    pub(super) width: usize,
    /// The column of the keys.
    pub(super) group: usize,
    /// The column of the numbers.
    pub(super) value: usize,
    /// What records must meet; `None` keeps all.
    pub(super) filter: Option<Filter>,
}

impl Query {
    /// Finds the columns; an empty `condition` keeps all records.
    ///
    /// # Errors
    /// A column that is not set, not there or there twice, or a condition that cannot be read.
    pub(super) fn new(group: &str, value: &str, condition: &str, columns: &[String]) -> Result<Self, Refusal> {
        let filter = (!condition.is_empty()).then(|| Filter::new(condition, columns)).transpose()?;
        Ok(Self {
            width: columns.len(),
            group: column("group-by", group, columns)?,
            value: column("value", value, columns)?,
            filter,
        })
    }
}

/// The place of a column.
///
/// # Errors
/// A name that is empty, not there or there twice; refused for the flag that gave it.
pub(in crate::workload) fn column(flag: &str, name: &str, columns: &[String]) -> Result<usize, Refusal> {
    let mut places = columns.iter().enumerate().filter(|(_, column)| *column == name).map(|(place, _)| place);
    let refused = |reason: &str| {
        let all = match columns {
            [only] => format!("the only one is {}: is this CSV, with columns that its first line names?", scrub(only)),
            _ => format!("the columns are {}", scrub(&columns.join(", "))),
        };
        Err(Refusal::new(flag, scrub(name), format!("{reason}; {all}")))
    };
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => refused("the header has this column more than once"),
        (None, _) if name.is_empty() => refused("is missing, name one of the columns"),
        (None, _) => refused("there is no such column"),
    }
}

/// How two cells are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The operators as they are written.
const OPERATORS: [(&str, Operator); 6] = [
    ("=", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<", Operator::Less),
    ("<=", Operator::LessOrEqual),
    (">", Operator::Greater),
    (">=", Operator::GreaterOrEqual),
];

impl Operator {
    fn holds<T: PartialOrd + ?Sized>(self, one: &T, other: &T) -> bool {
        match self {
            Self::Equal => one == other,
            Self::NotEqual => one != other,
            Self::Less => one < other,
            Self::LessOrEqual => one <= other,
            Self::Greater => one > other,
            Self::GreaterOrEqual => one >= other,
        }
    }

    const fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// A condition on one column. Numbers compare as numbers where both sides are numbers, everything else byte by byte; an
/// empty cell is neither less nor greater than anything.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    column: usize,
    operator: Operator,
    text: Vec<u8>,
    number: Option<f64>,
}

impl Filter {
    /// Reads `<column> <op> <value>`; the operator is the first one that stands between spaces, the value may be empty.
    fn new(condition: &str, columns: &[String]) -> Result<Self, Refusal> {
        let Some((name, operator, value)) = split(condition) else {
            let form = "'<column> <op> <value>' with one of = != < <= > >= between spaces";
            return Err(Refusal::new("where", scrub(condition), form));
        };
        Ok(Self {
            column: column("where", name, columns)?,
            operator,
            text: value.as_bytes().to_vec(),
            number: number(value.as_bytes()),
        })
    }

    /// Whether a record of full width meets the condition.
    pub(super) fn passes(&self, record: &ByteRecord) -> bool {
        let cell = &record[self.column];
        if cell.is_empty() && self.operator.orders() {
            return false;
        }
        match (self.number, self.number.and_then(|_| number(cell))) {
            (Some(asked), Some(found)) => self.operator.holds(&found, &asked),
            _ => self.operator.holds(cell, &self.text[..]),
        }
    }
}

/// Column, operator and value of a condition, each verbatim.
fn split(condition: &str) -> Option<(&str, Operator, &str)> {
    condition.match_indices(' ').find_map(|(space, _)| {
        let rest = &condition[space + 1..];
        let (word, value) = rest.split_once(' ').unwrap_or((rest, ""));
        let (_, operator) = OPERATORS.iter().find(|(written, _)| *written == word)?;
        Some((&condition[..space], *operator, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<String> {
        ["a", "b c", "a = x", "twice", "twice"].map(str::to_owned).to_vec()
    }

    fn passes(condition: &str, cell: &str) -> bool {
        let record = ByteRecord::from(vec![cell, cell, cell, "", ""]);
        Query::new("a", "a", condition, &columns()).unwrap().filter.unwrap().passes(&record)
    }

    #[test]
    fn conditions_compare_numbers_as_numbers_and_the_rest_as_text() {
        for (condition, cell, expected) in [
            ("a = 10", "10.0", true),
            ("a != 10", "10.0", false),
            ("a < 9", "10", false),
            ("a >= 9", "10", true),
            ("a > 9", "x", true),
            ("a < 9", "", false),
            ("a > 9", "", false),
            ("a != 9", "", true),
            ("a = ", "", true),
            ("a =", "", true),
            ("a = ", "x", false),
            ("b c <= m", "lemon", true),
            ("b c = big lemon", "big lemon", true),
            ("a = b = c", "b = c", true),
        ] {
            assert_eq!(passes(condition, cell), expected, "{condition} on {cell:?}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused_by_flag() {
        for (group, value, condition, expected) in [
            (
                "",
                "a",
                "",
                "--group-by: is missing, name one of the columns; the columns are a, b c, a = x, twice, twice",
            ),
            ("a", "z\n", "", r"--value z\n: there is no such column; the columns are a, b c, a = x, twice, twice"),
            (
                "twice",
                "a",
                "",
                "--group-by twice: the header has this column more than once; the columns are a, b c, a = x, twice, twice",
            ),
            ("a", "a", "a=1", "--where a=1: '<column> <op> <value>' with one of = != < <= > >= between spaces"),
            ("a", "a", "z = 1", "--where z: there is no such column; the columns are a, b c, a = x, twice, twice"),
        ] {
            assert_eq!(Query::new(group, value, condition, &columns()).unwrap_err().to_string(), expected);
        }
    }
}
