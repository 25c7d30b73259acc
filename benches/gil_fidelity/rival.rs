//! Real CPython, where there is one: the same scenes, played by a script.

use std::process::Command;

use partui::units::Nanos;

/// The version of the CPython on PATH, where there is one.
pub(crate) fn version() -> Option<String> {
    let code = "import platform as p; print(p.python_implementation(), p.python_version())";
    let output = Command::new("python3").args(["-I", "-c", code]).output().ok().filter(|o| o.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The figures of one scene.
///
/// # Panics
/// When the script prints anything else.
pub(crate) fn play(scene: &str, interval: Nanos, arguments: &[&str]) -> Vec<f64> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/rivals/gil.py");
    let output = Command::new("python3")
        .args(["-I", script, scene])
        .arg(interval.seconds().to_string())
        .args(arguments)
        .output()
        .expect("python3 answered a moment ago");
    let printed = String::from_utf8_lossy(&output.stdout);
    let figures: Option<Vec<f64>> = printed.split_whitespace().map(|figure| figure.parse().ok()).collect();
    figures
        .filter(|figures| !figures.is_empty())
        .unwrap_or_else(|| panic!("{script} {scene}: {}", String::from_utf8_lossy(&output.stderr)))
}
