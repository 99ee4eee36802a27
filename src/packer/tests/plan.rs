use super::{TEXTS, model, test};
use crate::calibrate::{Runner, Statistics};
use crate::equalization::equalize;
use crate::frequency::frequencies;
use crate::matrices::{Matrix, matrices};
use crate::model::Activation;
use crate::pack::{level_of, rounded};
use crate::plan::Plan;
use edgebert_coding::encode::{Rows, estimated_bits};

test! {
    fn levels_find_the_size() {
        let plain: Vec<Matrix> = matrices(&mut model(Activation::Gelu, false));
        let mut model = model(Activation::Gelu, false);
        let names: Vec<String> = (0..30).map(|id| format!("piece{id}")).collect();
        let pieces: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut statistics = Statistics::new(&model);
        statistics.add(&model, &Runner::new(&model), &TEXTS);
        let frequencies = frequencies(&pieces, &[0], &[], 0);
        let check = |matrices: &[Matrix], plan: &Plan| {
            for bytes in [700.0, 1200.0] {
                let level = level_of(matrices, plan, bytes);
                let rows: Vec<Rows> =
                    (0..matrices.len()).map(|t| rounded(matrices, plan, t, level)).collect();
                let found = estimated_bits(&rows) / 8.0;
                assert!((found / bytes - 1.0).abs() < 0.1, "{found} for {bytes}");
            }
        };
        check(&plain, &Plan::plain(&plain, &frequencies));
        equalize(&mut model, &mut statistics);
        let plan = Plan::calibrated(&model, &frequencies, &mut statistics);
        check(&matrices(&mut model), &plan);
    }

    fn frequencies_follow_the_vocabulary_and_the_texts() {
        let pieces = ["[PAD]", "[unused0]", "[CLS]", "a", "##ß", "", "the", "of", "rare", "seen"];
        let found = frequencies(&pieces, &[0, 2], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 90], 100);
        assert_eq!(found[0], 1.0);
        assert_eq!(found[2], 1.0);
        // Only what no text can have has no frequency.
        assert_eq!((found[1], found[5]), (0.0, 0.0));
        assert!(found[3] > found[4] && found[4] > 0.0);
        assert!(found[6] >= found[7] && found[7] > found[8]);
        assert_eq!(found[9], 0.9);
    }
}
