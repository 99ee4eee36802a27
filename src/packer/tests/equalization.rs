use super::{TEXTS, dot, model, test, whole};
use crate::calibrate::{Runner, Statistics};
use crate::equalization::{Channels, INPUTS, equalization, equalize};
use crate::matmul::product;
use crate::model::{Activation, DOWN};

test! {
    fn equalization_brings_inputs_to_one_size() {
        let mut model = model(Activation::Gelu, false);
        let mut channels = Channels::new(12);
        // One channel stands out, one is never seen, and one is never used.
        let row: Vec<f32> = (0..12).map(|k| [1.0, -50.0, 0.0][if k < 3 { k } else { 0 }]).collect();
        channels.add(&row);
        for &map in INPUTS[0] {
            for row in model.layers[0].maps[map].weight.chunks_exact_mut(12) {
                row.iter_mut().for_each(|w| *w = w.signum() * 0.1);
                row[4] = 0.0;
            }
        }
        let factors = equalization(&model, 0, 0, &channels, 0.65);
        assert!(factors.iter().all(|e| e.is_finite() && *e > 0.0), "{factors:?}");
        let mean: f32 = factors.iter().map(|e| e.ln()).sum::<f32>() / 12.0;
        assert!(mean.abs() < 1e-5, "{mean}");
        assert_eq!(factors[0], factors[3]);
        // Larger inputs are made smaller, though not as small as the others.
        assert!(factors[1] < factors[0] / 10.0 && factors[1] * 50.0 > factors[0], "{factors:?}");
        assert!(factors[2] > factors[0] && factors[4] < factors[0], "{factors:?}");
    }

    fn equalised_models_are_the_same_and_feel_the_same() {
        let mut model = model(Activation::Gelu, false);
        let mut statistics = Statistics::new(&model);
        statistics.add(&model, &Runner::new(&model), &TEXTS);
        let (weights, feeling) = (
            model.layers[1].maps[DOWN].weight.clone(),
            whole(&statistics.maps[1][DOWN].inputs, 19),
        );
        let factors = equalize(&mut model, &mut statistics);
        let e = &factors[1][3];
        assert!(e.iter().all(|e| *e > 0.0 && e.to_bits() & 0xffff == 0), "{e:?}");
        let felt = |weights: &[f32], feeling: &[f32]| {
            dot(weights, &product(weights, feeling, 19, &[0.0; 19]))
        };
        let divided = &model.layers[1].maps[DOWN].weight;
        for (at, (now, before)) in divided.iter().zip(&weights).enumerate() {
            assert_eq!(*now, before / e[at % 19]);
        }
        let now = felt(divided, &whole(&statistics.maps[1][DOWN].inputs, 19));
        assert!((now / felt(&weights, &feeling) - 1.0).abs() < 1e-4);
    }
}
