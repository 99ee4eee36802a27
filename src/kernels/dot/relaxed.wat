;; One row × 24 outputs, for every row: the inner loop of dot/relaxed.rs, which describes the layout.
;;
;; A module of its own, because an engine that mentions a relaxed instruction does not compile where
;; they are missing; it works on the engine's memory and is called through the engine's table. It is
;; written by hand, because rustc loads all operands of a turn before their use, and V8, which has 15
;; registers for vectors, then spills: twelve sums, one weight and the two halves of four activations
;; are exactly as many.
(module
  (import "engine" "memory" (memory 1))
  (func (export "tile")
    (param $weights i32) (param $weightsEnd i32) (param $row i32) (param $rows i32)
    (param $starts i32) (param $scales i32) (param $totals i32)
    (local $w i32) (local $end i32) (local $start i32) (local $scale i32)
    (local $high v128) (local $low v128) (local $v v128)
    (local $h0 v128) (local $h1 v128) (local $h2 v128) (local $h3 v128) (local $h4 v128) (local $h5 v128)
    (local $l0 v128) (local $l1 v128) (local $l2 v128) (local $l3 v128) (local $l4 v128) (local $l5 v128)
    (loop $nextRow
      (local.set $w (local.get $weights))
      (local.set $start (local.get $starts))
      (local.set $scale (local.get $scales))
      (v128.store offset=0 (local.get $totals) (v128.const i32x4 0 0 0 0))
      (v128.store offset=16 (local.get $totals) (v128.const i32x4 0 0 0 0))
      (v128.store offset=32 (local.get $totals) (v128.const i32x4 0 0 0 0))
      (v128.store offset=48 (local.get $totals) (v128.const i32x4 0 0 0 0))
      (v128.store offset=64 (local.get $totals) (v128.const i32x4 0 0 0 0))
      (v128.store offset=80 (local.get $totals) (v128.const i32x4 0 0 0 0))
      (loop $nextGroup
        (local.set $h0 (v128.load offset=0 (local.get $start)))
        (local.set $l0 (v128.const i32x4 0 0 0 0))
        (local.set $h1 (v128.load offset=16 (local.get $start)))
        (local.set $l1 (v128.const i32x4 0 0 0 0))
        (local.set $h2 (v128.load offset=32 (local.get $start)))
        (local.set $l2 (v128.const i32x4 0 0 0 0))
        (local.set $h3 (v128.load offset=48 (local.get $start)))
        (local.set $l3 (v128.const i32x4 0 0 0 0))
        (local.set $h4 (v128.load offset=64 (local.get $start)))
        (local.set $l4 (v128.const i32x4 0 0 0 0))
        (local.set $h5 (v128.load offset=80 (local.get $start)))
        (local.set $l5 (v128.const i32x4 0 0 0 0))
        ;; 32 steps of 96 bytes, or what is left of the panel.
        (local.set $end (i32.add (local.get $w) (i32.const 3072)))
        (if (i32.gt_u (local.get $end) (local.get $weightsEnd))
          (then (local.set $end (local.get $weightsEnd))))
        (loop $nextStep
          (local.set $high (v128.load32_splat offset=0 (local.get $row)))
          (local.set $low (v128.load32_splat offset=4 (local.get $row)))
          (local.set $v (v128.load offset=0 (local.get $w)))
          (local.set $h0 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $high) (local.get $h0)))
          (local.set $l0 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $low) (local.get $l0)))
          (local.set $v (v128.load offset=16 (local.get $w)))
          (local.set $h1 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $high) (local.get $h1)))
          (local.set $l1 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $low) (local.get $l1)))
          (local.set $v (v128.load offset=32 (local.get $w)))
          (local.set $h2 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $high) (local.get $h2)))
          (local.set $l2 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $low) (local.get $l2)))
          (local.set $v (v128.load offset=48 (local.get $w)))
          (local.set $h3 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $high) (local.get $h3)))
          (local.set $l3 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $low) (local.get $l3)))
          (local.set $v (v128.load offset=64 (local.get $w)))
          (local.set $h4 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $high) (local.get $h4)))
          (local.set $l4 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $low) (local.get $l4)))
          (local.set $v (v128.load offset=80 (local.get $w)))
          (local.set $h5 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $high) (local.get $h5)))
          (local.set $l5 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $v) (local.get $low) (local.get $l5)))
          (local.set $row (i32.add (local.get $row) (i32.const 8)))
          (br_if $nextStep
            (i32.ne (local.tee $w (i32.add (local.get $w) (i32.const 96))) (local.get $end))))
        (v128.store offset=0 (local.get $totals) (f32x4.add (v128.load offset=0 (local.get $totals))
          (f32x4.mul (v128.load offset=0 (local.get $scale)) (f32x4.convert_i32x4_s
            (i32x4.add (i32x4.shl (local.get $h0) (i32.const 7)) (local.get $l0))))))
        (v128.store offset=16 (local.get $totals) (f32x4.add (v128.load offset=16 (local.get $totals))
          (f32x4.mul (v128.load offset=16 (local.get $scale)) (f32x4.convert_i32x4_s
            (i32x4.add (i32x4.shl (local.get $h1) (i32.const 7)) (local.get $l1))))))
        (v128.store offset=32 (local.get $totals) (f32x4.add (v128.load offset=32 (local.get $totals))
          (f32x4.mul (v128.load offset=32 (local.get $scale)) (f32x4.convert_i32x4_s
            (i32x4.add (i32x4.shl (local.get $h2) (i32.const 7)) (local.get $l2))))))
        (v128.store offset=48 (local.get $totals) (f32x4.add (v128.load offset=48 (local.get $totals))
          (f32x4.mul (v128.load offset=48 (local.get $scale)) (f32x4.convert_i32x4_s
            (i32x4.add (i32x4.shl (local.get $h3) (i32.const 7)) (local.get $l3))))))
        (v128.store offset=64 (local.get $totals) (f32x4.add (v128.load offset=64 (local.get $totals))
          (f32x4.mul (v128.load offset=64 (local.get $scale)) (f32x4.convert_i32x4_s
            (i32x4.add (i32x4.shl (local.get $h4) (i32.const 7)) (local.get $l4))))))
        (v128.store offset=80 (local.get $totals) (f32x4.add (v128.load offset=80 (local.get $totals))
          (f32x4.mul (v128.load offset=80 (local.get $scale)) (f32x4.convert_i32x4_s
            (i32x4.add (i32x4.shl (local.get $h5) (i32.const 7)) (local.get $l5))))))
        (local.set $start (i32.add (local.get $start) (i32.const 96)))
        (local.set $scale (i32.add (local.get $scale) (i32.const 96)))
        (br_if $nextGroup (i32.ne (local.get $w) (local.get $weightsEnd))))
      (local.set $totals (i32.add (local.get $totals) (i32.const 96)))
      (br_if $nextRow (local.tee $rows (i32.sub (local.get $rows) (i32.const 1)))))))
