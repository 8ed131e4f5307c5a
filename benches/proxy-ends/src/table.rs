//! The table: rounds of each way in turn, medians over the rounds, and what it cost.

use std::time::Duration;

use crate::Result;
use crate::client::{Done, Way};

/// What one way gave in one round.
struct Sample {
    done: Done,
    /// Of direct's rate in the same round.
    share: f64,
    /// Compared with the way that does less, in the same round: the part of its rate, and how many more CPU seconds
    /// one takes.
    without: Option<[f64; 2]>,
    /// The proxy's peak, in MiB.
    memory: Option<f64>,
}

pub(crate) fn print_head() {
    println!(
        "{:<18}{:<11}{:>13}{:>9}{:>10}{:>10}{:>11}{:>11}{:>13}{:>18}",
        "", "", "rate", "direct", "p50", "p99", "CPU proxy", "CPU ends", "peak memory", "without"
    );
}

/// Measures each way once in each round, and prints a line for each. What fails once is not tried again.
pub(crate) async fn rows<'w, F>(
    title: impl Fn(&Way) -> String,
    unit: &str,
    ways: &'w [Way],
    rounds: usize,
    limit: Duration,
    measure: impl Fn(&'w Way) -> F,
) where
    F: Future<Output = Result<Done>>,
{
    let mut samples: Vec<std::result::Result<Vec<Sample>, String>> =
        ways.iter().map(|_| Ok(Vec::new())).collect();
    for _ in 0..rounds {
        let mut direct = f64::NAN;
        // Rate, and CPU seconds of one, of each way in this round.
        let mut round: Vec<Option<[f64; 2]>> = Vec::new();
        for (way, row) in ways.iter().zip(&mut samples) {
            round.push(None);
            let Ok(taken) = row else { continue };
            if let Some(proxy) = way.proxy {
                let process = proxy.process.to_string();
                for process in children(&process).iter().chain([&process]) {
                    // The peak is taken anew; where this is refused, it is that of all rounds so far.
                    let _ = std::fs::write(format!("/proc/{process}/clear_refs"), "5");
                }
            }
            match tokio::time::timeout(limit, measure(way)).await {
                Ok(Ok(done)) => {
                    if way.proxy.is_none() {
                        direct = done.rate;
                    }
                    let memory =
                        way.proxy.and_then(|proxy| peak_memory(&proxy.process.to_string()));
                    let [rate, cpu] = [done.rate, done.cpu[0] / done.times as f64];
                    let less = way.without.and_then(|at| round.get(at).copied().flatten());
                    let without = less.map(|less| [rate / less[0], cpu - less[1]]);
                    if let Some(this) = round.last_mut() {
                        *this = Some([rate, cpu]);
                    }
                    taken.push(Sample { share: done.rate / direct, without, done, memory });
                }
                Ok(Err(error)) => *row = Err(error.to_string()),
                Err(_) => *row = Err(format!("not done after {} s", limit.as_secs())),
            }
        }
    }
    for (way, row) in ways.iter().zip(&samples) {
        let title = title(way);
        match row {
            Ok(samples) => print(&title, unit, way, samples),
            Err(error) => println!("{title:<18}{:<11} failed: {error}", way.name),
        }
    }
}

fn print(title: &str, unit: &str, way: &Way, samples: &[Sample]) {
    let one = |of: &dyn Fn(&Sample) -> f64| median(samples.iter().map(of).collect());
    let rate = format!("{:.0}{unit}", one(&|it| it.done.rate));
    let share = format!("{:.0}%", one(&|it| it.share) * 100.0);
    let each = |seconds: f64| {
        let text =
            if seconds.abs() < 0.01 { (seconds * 1e6, "µs") } else { (seconds * 1e3, "ms") };
        format!("{:.0} {}", text.0, text.1)
    };
    let p50 = each(one(&|it| it.done.p50) / 1e6);
    let p99 = each(one(&|it| it.done.p99) / 1e6);
    let cpu = |which: usize| each(one(&|it| it.done.cpu[which] / it.done.times as f64));
    let ends = cpu(1);
    let (proxy, memory) = match way.proxy {
        None => (String::new(), String::new()),
        Some(_) => {
            let peak = samples.iter().filter_map(|it| it.memory).reduce(f64::max);
            (cpu(0), peak.map_or("unknown".to_owned(), |peak| format!("{peak:.1} MiB")))
        }
    };
    let compared =
        |which: usize| median(samples.iter().filter_map(|it| Some(it.without?[which])).collect());
    let without = match way.without {
        None => String::new(),
        Some(_) => {
            let more = compared(1);
            let sign = if more < 0.0 { "" } else { "+" };
            format!("{:.0}%, {sign}{}", compared(0) * 100.0, each(more))
        }
    };
    println!(
        "{title:<18}{:<11}{rate:>13}{share:>9}{p50:>10}{p99:>10}{proxy:>11}{ends:>11}{memory:>13}{without:>18}",
        way.name
    );
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a round costs beside time: CPU counts on a machine that has other things to do.
pub(crate) struct Meter([f64; 2]);

impl Meter {
    pub(crate) fn start(way: &Way) -> Self {
        Self(Self::now(way))
    }

    /// CPU seconds since then of the proxy, and of this process and the upstream.
    pub(crate) fn spent(&self, way: &Way) -> [f64; 2] {
        let now = Self::now(way);
        [now[0] - self.0[0], now[1] - self.0[1]]
    }

    fn now(way: &Way) -> [f64; 2] {
        let proxy = way.proxy.map_or(0.0, |proxy| cpu(&proxy.process.to_string()));
        [proxy, cpu("self") + cpu(&way.upstream.1.to_string())]
    }
}

/// User and system time of a process and its children, in seconds.
fn cpu(process: &str) -> f64 {
    children(process).iter().map(|child| cpu(child)).sum::<f64>() + own_cpu(process)
}

/// A proxy may be several processes (nginx's workers).
fn children(process: &str) -> Vec<String> {
    let path = format!("/proc/{process}/task/{process}/children");
    let children = std::fs::read_to_string(path).unwrap_or_default();
    children.split_whitespace().map(str::to_owned).collect()
}

fn own_cpu(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // In hundredths of a second.
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The peaks of a process and its children together, in MiB.
fn peak_memory(process: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    let of_children = children(process).iter().filter_map(|it| peak_memory(it)).sum::<f64>();
    Some(kibibytes / 1024.0 + of_children)
}
