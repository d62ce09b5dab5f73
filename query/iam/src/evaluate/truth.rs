//! Kleene's three-valued logic.

/// False, not known, or true; "and" is the minimum, "or" the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    #[inline]
    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    #[inline]
    pub(super) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// True if one is, stopping there.
    #[inline]
    pub(super) fn any(items: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for item in items {
            result = result.or(item);
            if result == Self::True {
                break;
            }
        }
        result
    }

    /// False if one is, stopping there.
    #[inline]
    pub(super) fn all(items: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::True;
        for item in items {
            result = result.and(item);
            if result == Self::False {
                break;
            }
        }
        result
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    #[inline]
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}
