//! How good a ranking is, against grades that a person gave: 3 is what the rep needs now, 2 helps, 1 is near it, 0 no use.

use std::fmt;

/// The lowest grade that counts as a hit for precision.
const HIT_GRADE: u8 = 2;

/// The grades of one deal: those of the ranked posts in their order (0 where nobody graded one), and all that were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graded {
    /// By rank.
    pub ranked: Vec<u8>,
    /// In any order.
    pub all: Vec<u8>,
}

/// The means over all deals that have at least one grade above 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Deals counted.
    pub deals: usize,
    /// Normalised discounted cumulative gain of the first three, gain `2^grade - 1`.
    pub ndcg_3: f64,
    /// The same of the first five.
    pub ndcg_5: f64,
    /// The share of the first three that have grade 2 or 3.
    pub precision_3: f64,
}

impl Figures {
    /// Measures rankings.
    pub fn of(deals: &[Graded]) -> Self {
        let judged: Vec<&Graded> = deals.iter().filter(|deal| deal.all.iter().any(|grade| *grade > 0)).collect();
        let mean = |figure: &dyn Fn(&Graded) -> f64| {
            judged.iter().map(|deal| figure(deal)).sum::<f64>() / judged.len().max(1) as f64
        };
        Self {
            deals: judged.len(),
            ndcg_3: mean(&|deal| ndcg(deal, 3)),
            ndcg_5: mean(&|deal| ndcg(deal, 5)),
            precision_3: mean(&|deal| {
                deal.ranked.iter().take(3).filter(|grade| **grade >= HIT_GRADE).count() as f64 / 3.0
            }),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { deals, ndcg_3, ndcg_5, precision_3 } = self;
        write!(f, "deals {deals}\nnDCG@3 {ndcg_3:.3}\nnDCG@5 {ndcg_5:.3}\nP@3 {precision_3:.3}")
    }
}

fn ndcg(deal: &Graded, depth: usize) -> f64 {
    let mut ideal = deal.all.clone();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best = gain(&ideal, depth);
    if best == 0.0 { 0.0 } else { gain(&deal.ranked, depth) / best }
}

fn gain(grades: &[u8], depth: usize) -> f64 {
    let discounted = |(at, grade): (usize, &u8)| (2f64.powi(i32::from(*grade)) - 1.0) / (at as f64 + 2.0).log2();
    grades.iter().take(depth).enumerate().map(discounted).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_order_is_one_and_a_worse_one_is_less() {
        let graded = |ranked: &[u8]| Graded { ranked: ranked.to_vec(), all: vec![0, 3, 2, 0, 1] };
        assert_eq!(Figures::of(&[graded(&[3, 2, 1, 0, 0])]).ndcg_5, 1.0);
        let worse = Figures::of(&[graded(&[2, 3, 0, 0, 1]), Graded::default()]);
        assert_eq!(worse.deals, 1);
        // (3/1 + 7/log2(3) + 1/log2(6)) / (7/1 + 3/log2(3) + 1/log2(4))
        assert!((worse.ndcg_5 - 7.803_357 / 9.392_789).abs() < 1e-4, "{worse:?}");
        assert!((worse.precision_3 - 2.0 / 3.0).abs() < 1e-9);
    }
}
