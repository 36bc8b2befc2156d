//! L-BFGS for smooth convex functions: few passes over the data, no learning rate to tune.

/// Pairs of steps that stand for the curvature.
const MEMORY: usize = 10;
/// Steps at most.
const STEPS_MAX: usize = 120;
/// The function has settled when a step gains less than this share of it.
const GAIN_MIN: f64 = 1e-6;
/// Halvings of a step before giving up.
const HALVINGS_MAX: usize = 30;
/// The share of the slope's promise that a step has to keep (Armijo's condition).
const SUFFICIENT: f64 = 1e-4;

/// The point at which `function`, which also writes its gradient, is least; starts at `at`.
pub(super) fn minimise(mut at: Vec<f64>, function: impl Fn(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    let mut gradient = vec![0.0; at.len()];
    let mut value = function(&at, &mut gradient);
    let mut history: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for _ in 0..STEPS_MAX {
        let direction = direction(&gradient, &history);
        let slope = dot(&direction, &gradient);
        let mut length = if history.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let mut next_gradient = vec![0.0; at.len()];
        let mut found = None;
        for _ in 0..HALVINGS_MAX {
            let next: Vec<f64> = at.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let next_value = function(&next, &mut next_gradient);
            if next_value <= value + SUFFICIENT * length * slope {
                found = Some((next, next_value));
                break;
            }
            length /= 2.0;
        }
        let Some((next, next_value)) = found else { break };
        let step: Vec<f64> = next.iter().zip(&at).map(|(new, old)| new - old).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        if dot(&step, &change) > 0.0 {
            history.push((step, change));
            if history.len() > MEMORY {
                history.remove(0);
            }
        }
        let gain = value - next_value;
        (at, value, gradient) = (next, next_value, next_gradient);
        if gain <= GAIN_MIN * value.abs() {
            break;
        }
    }
    at
}

/// The gradient turned downhill and bent by the remembered curvature (the two-loop recursion).
fn direction(gradient: &[f64], history: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(history.len());
    for (step, change) in history.iter().rev() {
        let share = dot(step, &direction) / dot(step, change);
        direction.iter_mut().zip(change).for_each(|(d, c)| *d -= share * c);
        shares.push(share);
    }
    if let Some((step, change)) = history.last() {
        let scale = dot(step, change) / dot(change, change);
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for ((step, change), share) in history.iter().zip(shares.into_iter().rev()) {
        let own = dot(change, &direction) / dot(step, change);
        direction.iter_mut().zip(step).for_each(|(d, s)| *d += (share - own) * s);
    }
    direction
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_valley_is_followed_to_its_lowest_point() {
        let valley = |at: &[f64], gradient: &mut [f64]| {
            let (x, y) = (at[0] - 3.0, at[1] + 2.0);
            gradient.copy_from_slice(&[2.0 * x, 200.0 * y]);
            x * x + 100.0 * y * y + 1.0
        };
        let lowest = minimise(vec![0.0, 0.0], valley);
        assert!((lowest[0] - 3.0).abs() < 1e-3 && (lowest[1] + 2.0).abs() < 1e-3, "{lowest:?}");
    }
}
