//! Which faults can be asked for, where they strike, and what comes of them.

use super::*;

#[test]
fn ids_are_unique_and_lead_back() {
    for kind in FaultKind::ALL {
        assert_eq!(FaultKind::by_id(kind.id()), Some(kind));
        assert!(!kind.summary().is_empty());
    }
}

#[test]
fn what_cannot_be_ended_in_a_shared_process_is_not_offered_there() {
    for kind in FaultKind::ALL {
        let own = kind.outcome(Home::Own);
        assert!(own.is_some(), "{}", kind.id());
        if own == Some(Outcome::TimedOut) {
            assert_eq!(kind.outcome(Home::Shared), None, "{}", kind.id());
        }
        assert_ne!(own, Some(Outcome::PoolDies), "{}", kind.id());
    }
}

#[test]
fn faults_are_read_as_they_are_written() {
    for kind in FaultKind::ALL {
        for task in [None, Some(0), Some(12_345)] {
            for times in [1, 2, MOST_TIMES] {
                let fault = Fault { kind, task, times };
                assert_eq!(fault.to_string().parse(), Ok(fault), "{fault}");
            }
        }
    }
}

#[test]
fn what_is_no_fault_is_refused_with_what_would_do() {
    let cases = [
        ("", FaultError::Kind),
        ("explode", FaultError::Kind),
        ("killx", FaultError::Times),
        ("killx0", FaultError::Times),
        ("killx10001", FaultError::Times),
        ("killx+1", FaultError::Times),
        ("kill@", FaultError::Task),
        ("kill@-1", FaultError::Task),
        ("kill@1x", FaultError::Times),
        ("kill@99999999999999999999", FaultError::Task),
        ("killx2@5", FaultError::Kind),
        ("KILL", FaultError::Kind),
        (" kill", FaultError::Kind),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<Fault>(), Err(error), "{text:?}");
    }
}
