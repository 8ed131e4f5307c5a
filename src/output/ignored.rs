//! Signals that whoever started us wants to be ignored.

/// Whether this process ignores a signal, as `nohup` has it. Only Linux tells.
pub fn is_ignored(signal: i32) -> bool {
    is_in(ignored_signals(), signal)
}

/// The signals that this process ignores, as a mask whose bit n-1 is signal n. Only Linux tells;
/// elsewhere none are known.
fn ignored_signals() -> u64 {
    std::fs::read_to_string("/proc/self/status").map_or(0, |status| ignored_in(&status))
}

fn ignored_in(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

fn is_in(mask: u64, signal: i32) -> bool {
    u32::try_from(signal - 1)
        .is_ok_and(|bit| mask.checked_shr(bit).is_some_and(|rest| rest & 1 == 1))
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_mask() {
        let mask = ignored_in("Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001003\n");
        assert!(is_in(mask, SIGHUP));
        assert!(is_in(mask, SIGINT));
        assert!(!is_in(mask, SIGQUIT));
        assert!(!is_in(mask, SIGTERM));
        assert_eq!(ignored_in("Name:\tx\n"), 0);
        assert_eq!(ignored_in("SigIgn:\tnonsense\n"), 0);
    }
}
