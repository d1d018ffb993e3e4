(* Batch norm in training, a composite with its own closed-form VJP (src/ir/ops/batch_norm.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Create.
Import ListNotations.
Open Scope Z_scope.

(* A tensor with one number for each index on axis a; all axes but a; how many elements a feature has. *)
Definition feature_ty (t : ty) (a : Z) : ty := (fst t, [znth (snd t) a]).
Definition other_than (s : shape) (a : Z) : axes := other_axes (rank s) [a].
Definition feature_size (s : shape) (a : Z) : Z := numel (set_axis s a 1).

Definition positive_decimal (d : decimal) : bool := match d with Dec m _ => 0 <? m | _ => false end.
(* x, scale, offset; epsilon is positive, so that variance + epsilon is. *)
Definition infer_batch_norm_training (a : Z) (epsilon : decimal) (ats : list ty) : option ty :=
  match ats with
  | [t; scale; offset] =>
      if is_float (fst t)
         && ((0 <=? a) && (a <? rank (snd t)))                (* batch_norm_training_c1 *)
         && ty_eqb scale (feature_ty t a)                      (* batch_norm_training_c2, c3 *)
         && ty_eqb offset (feature_ty t a)                     (* batch_norm_training_c2, c4 *)
         && positive_decimal epsilon
      then Some t else None
  | _ => None
  end.

(* For every feature, the mean of its elements. *)
Definition feature_means {A} (S : scalar A) (s : shape) (a : Z) (x : idx -> A) : idx -> A :=
  tab S [znth s a] (fun c => sdiv S (sumL S x (filter (fun i => ieqb c (pick [a] i)) (indices s)))
                                  (sofQ S (feature_size s a) 1)).
(* y = (x - mean) / sqrt (variance + epsilon) * scale + offset *)
Definition sem_batch_norm_training {A} (S : scalar A) (a : Z) (epsilon : decimal) (s : shape)
  (x scale offset : idx -> A) : idx -> A :=
  let m := feature_means S s a x in
  let centred i := ssub S (x i) (m (pick [a] i)) in
  let v := feature_means S s a (fun i => smul S (centred i) (centred i)) in
  let eps := sem_decimal S epsilon in
  fun i => let c := pick [a] i in
    sadd S (smul S (sdiv S (centred i) (ssqrt S (sadd S (v c) eps))) (scale c)) (offset c).

(* The instructions that templates and the lowering share: sums over a feature's elements, copies to them,
   the number of them. *)
Definition feature_sum (s : shape) (a : Z) : op := Reduce RAdd (other_than s a).
Definition feature_spread (s : shape) (a : Z) : op := BroadcastInDim s [a].
Definition feature_count (t : ty) (a : Z) : op := Constant (feature_ty t a) [Dec (feature_size (snd t) a) 0].

(* With h = (x - mean) r, r = 1 / sqrt (variance + epsilon):
     d.scale = sum (dy h);  d.offset = sum dy;  d.x = scale r (dy - mean dy - h mean (dy h)). *)
Definition vjp_batch_norm_training (a : Z) (epsilon : decimal) (needs : list bool) (ats : list ty) (rt : ty)
  : option template :=
  match needs with
  | [x; scale; offset] =>
      let t := rt in
      let f := feature_ty t a in
      let sum k := T (feature_sum (snd t) a) [k] [t] f in
      let spread k := T (feature_spread (snd t) a) [k] [f] t in
      let normalised := if x || scale then
        [sum 0; T (feature_count t a) [] [] f;
         T (Binary Divide) [5; 6] [f; f] f;                      (* 7: mean *)
         spread 7;
         T (Binary Subtract) [0; 8] [t; t] t;                    (* 9: centred *)
         T (Binary Multiply) [9; 9] [t; t] t;
         sum 10;
         T (Binary Divide) [11; 6] [f; f] f;                     (* 12: variance *)
         T (Constant f [epsilon]) [] [] f;
         T (Binary Add) [12; 13] [f; f] f;
         T (Unary Rsqrt) [14] [f] f;                             (* 15: r *)
         spread 15;
         T (Binary Multiply) [9; 16] [t; t] t;                   (* 17: h *)
         T (Binary Multiply) [4; 17] [t; t] t;
         sum 18] else [] in                                      (* 19: d.scale *)
      let n := 5 + length normalised in
      let for_offset := if x || offset then [sum 4] else [] in   (* n: d.offset *)
      let for_x := if x then
        [T (Binary Divide) [20; 6] [f; f] f; spread 21;          (* 22: mean dy *)
         T (Binary Divide) [19; 6] [f; f] f; spread 23;          (* 24: mean (dy h) *)
         T (Binary Multiply) [17; 24] [t; t] t;
         T (Binary Subtract) [4; 22] [t; t] t;
         T (Binary Subtract) [26; 25] [t; t] t;
         T (Binary Multiply) [1; 15] [f; f] f; spread 28;        (* 29: scale r *)
         T (Binary Multiply) [29; 27] [t; t] t] else [] in
      Some (normalised ++ for_offset ++ for_x,
            [if x then Some 30 else None; if scale then Some 19 else None; if offset then Some n else None])
  | _ => None
  end%nat.
