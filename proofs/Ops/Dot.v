(* Generalised matrix product (src/ir/ops/dot.h): bilinear,
   z[o] = sum over (i, k) with dot_rel o i k of x[i] * y[k]. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Shape.
From Pullback Require Export Ops.Bilinear.
Import ListNotations.
Open Scope Z_scope.

Definition free_axes (n : Z) (batching contracting : axes) : axes := other_axes n (batching ++ contracting).
(* The result's shape: batch, free of lhs, free of rhs. *)
Definition dot_shape (lb rb lc rc : axes) (sx sy : shape) : shape :=
  pick (lb ++ free_axes (rank sx) lb lc) sx ++ pick (free_axes (rank sy) rb rc) sy.

(* Over truth values a sum of products is an or of ands: outside the certified domain. *)
Definition infer_dot_general (lb rb lc rc : axes) (ats : list ty) : option ty :=
  match ats with
  | [(e, sx); (e', sy)] =>
      if elt_eqb e e' && negb (elt_eqb e I1)                              (* dot_general_c13 *)
         && shape_ok sx && shape_ok sy
         && (rank lb =? rank rb)                                          (* dot_general_c1 *)
         && (rank lc =? rank rc)                                          (* dot_general_c2 *)
         && uniqz (lb ++ lc) && uniqz (rb ++ rc)                          (* dot_general_c3, c4 *)
         && in_range (rank sx) lb && in_range (rank sx) lc                (* dot_general_c5, c6 *)
         && in_range (rank sy) rb && in_range (rank sy) rc                (* dot_general_c7, c8 *)
         && ieqb (pick lb sx) (pick rb sy)                                (* dot_general_c9 *)
         && ieqb (pick lc sx) (pick rc sy)                                (* dot_general_c10 *)
         && require_shape (dot_shape lb rb lc rc sx sy)
      then Some (e, dot_shape lb rb lc rc sx sy)                          (* dot_general_c12 *)
      else None
  | _ => None
  end.

(* Batch and contracting coordinates agree; o is batch, free of lhs, free of rhs. *)
Definition dot_rel (lb rb lc rc : axes) (nl nr : Z) (o i k : idx) : bool :=
  ieqb (pick lb i) (pick rb k) && ieqb (pick lc i) (pick rc k)
  && ieqb o (pick lb i ++ pick (free_axes nl lb lc) i ++ pick (free_axes nr rb rc) k).
Definition sem_dot_general {A} (S : scalar A) (lb rb lc rc : axes) (sx sy : shape) :
  (idx -> A) -> (idx -> A) -> idx -> A :=
  sem_bilinear S (dot_rel lb rb lc rc (rank sx) (rank sy)) sx sy.

(* For each of `from`, axes of a tensor of rank n, in ascending order, its partner in `to`. *)
Definition partners (n : Z) (from to : axes) : axes :=
  map (fun a => znth to (indexz a from)) (sorted_axes n from).
(* A product of values a and b whose result's axis j is axis order[j] of t: the product, then its
   axes put in t's order. *)
Definition dot_piece (lb rb lc rc : axes) (a b : nat) (ta tb : ty) (order : axes) (t : ty) : piece :=
  fun n =>
  let product := T (DotGeneral lb rb lc rc) [a; b] [ta; tb] (fst t, pick order (snd t)) in
  let (moved, k) :=
    transpose_unless_identity (S n) n (fst t, pick order (snd t)) (inverse_permutation order) in
  (product :: moved, k).

Definition vjp_dot_general (lb rb lc rc : axes) (needs : list bool) (ats : list ty) (rt : ty) :
  option template :=
  match ats with
  | [tx; ty_] =>
      let nl := rank (snd tx) in let nr := rank (snd ty_) in
      let lf := free_axes nl lb lc in let rf := free_axes nr rb rc in
      let batch := rank lb in let rows := rank lf in let columns := rank rf in
      (* ct[batch, lhs free, rhs free] . rhs -> [batch, lhs free, rhs contracting] *)
      let dx := dot_piece (consecutive 0 batch) rb (consecutive (batch + rows) columns) rf 3 1 rt ty_
                  (lb ++ lf ++ partners nr rc lc) tx in
      (* lhs . ct[batch, lhs free, rhs free] -> [batch, lhs contracting, rhs free] *)
      let dy := dot_piece lb (consecutive 0 batch) lf (consecutive batch rows) 0 3 tx rt
                  (rb ++ partners nl lc rc ++ rf) ty_ in
      Some (two_cotangents needs dx dy)
  | _ => None
  end.
