use super::{TEXTS, dot, model_of, test};
use crate::calibrate::Runner;
use crate::equalization::inputs_of;
use crate::forward::embed;
use crate::int8::{Calibration, GROUP};
use crate::matmul::{product, transposed};
use crate::model::{Activation, DOWN, Linear, QUERY};
use crate::pieces::normalise;

test! {
    fn maps_in_int8_are_near_their_weights_and_change_outputs_less_than_plainly_rounded_ones() {
        let model = model_of(GROUP + 8, 2 * GROUP + 3, Activation::Gelu, false);
        let mut calibration = Calibration::new(model.shape);
        for (name, table) in [("words", &model.words), ("positions", &model.positions)] {
            calibration.model.slot(name).unwrap().clone_from(table);
        }
        calibration.model.types.clone_from(&model.types);
        calibration.model.norm.gamma.clone_from(&model.norm.gamma);
        calibration.model.norm.beta.clone_from(&model.norm.beta);
        calibration.embed(&TEXTS[..2]);
        calibration.embed(&TEXTS[2..]);
        let runner = Runner::new(&model);
        let lengths = TEXTS.map(<[u32]>::len);
        let embedded = embed(&model, &TEXTS);
        let mut rows = normalise(&embedded, &model.norm, model.shape.epsilon).out;
        for (index, layer) in model.layers.iter().enumerate() {
            for (map, linear) in layer.maps.iter().enumerate() {
                let own = &mut calibration.model.layers[0].maps[map];
                own.weight.clone_from(&linear.weight);
                own.bias.clone_from(&linear.bias);
            }
            for (own, norm) in calibration.model.layers[0].norms.iter_mut().zip(&layer.norms) {
                own.gamma.clone_from(&norm.gamma);
                own.beta.clone_from(&norm.beta);
            }
            calibration.observe(0);
            calibration.observe(1);
            // What the maps take in in float32.
            let trace = runner.layer(&model, index, rows, &lengths);
            for (map, Linear { weight: weights, .. }) in layer.maps.iter().enumerate() {
                let (outputs, inputs) = (model.outputs(map), model.inputs(map));
                let taken = trace.inputs()[inputs_of(map)];
                let e = calibration.equalization(map).unwrap().to_vec();
                let int8 = calibration.quantize(map).unwrap();
                assert_eq!((int8.values.len(), e.len()), (outputs * inputs, inputs));
                let groups = inputs.div_ceil(GROUP);
                assert_eq!(int8.scales.len(), outputs * groups);
                assert!(int8.values.iter().all(|&value| value > i8::MIN));
                let scale = |at: usize| int8.scales[at / inputs * groups + at % inputs / GROUP];
                let error = |value: f32, at: usize| {
                    value * scale(at) * e[at % inputs] - weights[at]
                };
                let made: Vec<f32> =
                    (0..weights.len()).map(|at| error(f32::from(int8.values[at]), at)).collect();
                let plain = |at: usize| (weights[at] / e[at % inputs] / scale(at)).round();
                let plain: Vec<f32> = (0..weights.len()).map(|at| error(plain(at), at)).collect();
                let changed = |error: &[f32]| {
                    let turned = transposed(error, inputs);
                    let change = product(taken, &turned, inputs, &vec![0.0; outputs]);
                    dot(&change, &change)
                };
                assert!(changed(&made) < 0.5 * changed(&plain), "{index} {map}");
                assert!(dot(&made, &made) < 4.0 * dot(&plain, &plain), "{index} {map}");
            }
            rows = trace.out.out;
            calibration.next_layer();
        }
        assert!(calibration.equalization(QUERY).is_none() && calibration.quantize(DOWN).is_none());
    }
}
