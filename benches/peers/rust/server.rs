//! What the Rust processes share, ours included: commands from standard input, answers in JSON on
//! standard output, and the timing of repeated work.
//!
//! Commands are those of `../README.md`. What is measured comes from `prepare`. Only `std` is used.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// What a command asks to be prepared.
#[allow(dead_code, reason = "not every peer needs all")]
pub struct Case {
    pub workload: String,
    pub task: Task,
    pub batch: usize,
    pub threads: usize,
    /// The vector level; peers choose their own.
    pub level: String,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Task {
    Train,
    Infer,
}

/// Repeats prepared work for about so long.
pub type Measure = Box<dyn FnMut(Duration) -> Times>;

/// Seconds per call.
pub struct Times {
    /// Means of chunks of at least [`CHUNK`], ascending.
    chunks: Vec<f64>,
    /// Single calls, ascending; none if there was no time.
    calls: Vec<f64>,
}

/// Long beside the resolution of the clock.
const CHUNK: Duration = Duration::from_millis(10);

/// Calls before the measurement, until caches and branch predictors know the work again.
const WARM: Duration = Duration::from_millis(30);

/// The part of the time that chunks get; single calls get the rest.
const CHUNKS_PART: f64 = 0.75;

/// Repeats `work` for about so long, but at least twice.
pub fn time(length: Duration, work: &mut dyn FnMut()) -> Times {
    let mut call = |count: usize| {
        let start = Instant::now();
        (0..count).for_each(|_| work());
        start.elapsed().as_secs_f64() / count as f64
    };
    let start = Instant::now();
    let mut fastest = call(1);
    while start.elapsed() < WARM {
        fastest = fastest.min(call(1));
    }
    let count = (CHUNK.as_secs_f64() / fastest).ceil() as usize;
    let start = Instant::now();
    let mut chunks = vec![call(count)];
    while start.elapsed() < length.mul_f64(CHUNKS_PART) {
        chunks.push(call(count));
    }
    let mut calls = Vec::new();
    while start.elapsed() < length {
        calls.push(call(1));
    }
    chunks.sort_by(f64::total_cmp);
    calls.sort_by(f64::total_cmp);
    Times { chunks, calls }
}

impl Times {
    /// Median and least chunk, and the 99th percentile of calls, in microseconds per sample.
    fn answer(&self, batch: usize) -> String {
        let us = |seconds: f64| 1e6 * seconds / batch as f64;
        let slow = self.calls.get(self.calls.len() * 99 / 100);
        let slowest = self.chunks.len() - 1;
        format!(
            r#"{{"us": {}, "least": {}, "p99": {}}}"#,
            us(self.chunks[self.chunks.len() / 2]),
            us(self.chunks[0]),
            us(*slow.unwrap_or(&self.chunks[slowest])),
        )
    }
}

/// Answers commands until standard input ends. `peak` measures GFLOP/s of a level's multiply–adds.
pub fn serve(
    prepare: impl Fn(&Case) -> Result<Measure, String>,
    peak: impl Fn(&str) -> Result<f64, String>,
) {
    let mut current: Option<(Case, Measure)> = None;
    for line in io::stdin().lines().map_while(Result::ok) {
        let answer = caught(|| match *line.split_whitespace().collect::<Vec<_>>() {
            ["prepare", workload, task, batch, threads, level] => {
                current = None;
                let case = case(workload, task, batch, threads, level)?;
                let mut measure = prepare(&case)?;
                let times = measure(Duration::ZERO);
                let answer = times
                    .answer(case.batch)
                    .replacen('{', r#"{"ok": true, "#, 1);
                current = Some((case, measure));
                Ok(answer)
            }
            ["measure", seconds] => {
                let (case, measure) = current.as_mut().ok_or("nothing is prepared")?;
                let seconds = seconds.parse().map_err(|_| "no number of seconds")?;
                Ok(measure(Duration::from_secs_f64(seconds)).answer(case.batch))
            }
            ["peak", level] => peak(level).map(|gflops| format!(r#"{{"gflops": {gflops}}}"#)),
            _ => Err(format!("unknown command: {line}")),
        });
        println!("{}", answer.unwrap_or_else(|error| failure(&error)));
        io::stdout().flush().expect("the driver listens");
    }
}

fn case(
    workload: &str,
    task: &str,
    batch: &str,
    threads: &str,
    level: &str,
) -> Result<Case, String> {
    let number = |text: &str| text.parse().map_err(|_| format!("no number: {text}"));
    Ok(Case {
        workload: workload.to_owned(),
        task: match task {
            "train" => Task::Train,
            "infer" => Task::Infer,
            _ => return Err(format!("unknown task: {task}")),
        },
        batch: number(batch)?,
        threads: number(threads)?,
        level: level.to_owned(),
    })
}

/// A panic of a peer is a result too.
fn caught(answer: impl FnOnce() -> Result<String, String>) -> Result<String, String> {
    catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", text.unwrap_or("without a message")))
    })
}

/// The first line of an error, without what JSON would need to escape.
fn failure(error: &str) -> String {
    let line: String = error
        .lines()
        .next()
        .unwrap_or("")
        .chars()
        .take(300)
        .collect();
    let line = line.replace('\\', "/").replace(['"', '\t'], "'");
    format!(r#"{{"error": "{line}"}}"#)
}
