(* The arithmetic of windows that slide over an input (src/ir/ops/sliding.h): output o and window element
   k meet input element i where  o * stride + k * window_dilation - low = i * base_dilation. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

Record sliding := Sld { d_input : Z; d_window : Z; d_stride : Z; d_base : Z; d_dilation : Z;
  d_low : Z; d_high : Z; d_reversal : bool }.
Definition no_sliding := Sld 0 0 1 1 1 0 0 false.
Definition dilated (extent dilation : Z) : Z := if extent =? 0 then 0 else (extent - 1) * dilation + 1.
(* the count of outputs, "num_windows" *)
Definition sliding_count (s : sliding) : Z :=
  let padded := d_low s + dilated (d_input s) (d_base s) + d_high s in
  let reach := dilated (d_window s) (d_dilation s) in
  if (padded =? 0) || (padded <? reach) then 0 else (padded - reach) / d_stride s + 1.
(* The C++ program computes the count with integers up to 2^62. *)
Definition fits (z : Z) : bool := (- 2 ^ 62 <=? z) && (z <=? 2 ^ 62).
Definition dilated_fits (extent dilation : Z) : bool :=
  (extent =? 0) || (fits ((extent - 1) * dilation) && fits (dilated extent dilation)).
Definition sliding_fits (s : sliding) : bool :=
  let input := dilated (d_input s) (d_base s) in
  dilated_fits (d_input s) (d_base s) && dilated_fits (d_window s) (d_dilation s)
  && fits (d_low s + input) && fits (d_low s + input + d_high s).
Definition sliding_meets (s : sliding) (o i k : Z) : bool :=
  o * d_stride s + (if d_reversal s then d_window s - 1 - k else k) * d_dilation s - d_low s =? i * d_base s.
