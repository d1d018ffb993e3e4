(* Generalised matrix product (src/ir/ops/dot.h): bilinear,
   z[o] = sum over (i, k) with dot_rel o i k of x[i] * y[k]. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

Definition infer_dot_general (lb rb lc rc : axes) (ats : list ty) : option ty := None.

Definition free_axes (n : Z) (batching contracting : axes) : axes := other_axes n (batching ++ contracting).
(* Batch and contracting coordinates agree; o is batch, free of lhs, free of rhs. *)
Definition dot_rel (lb rb lc rc : axes) (nl nr : Z) (o i k : idx) : bool :=
  ieqb (pick lb i) (pick rb k) && ieqb (pick lc i) (pick rc k)
  && ieqb o (pick lb i ++ pick (free_axes nl lb lc) i ++ pick (free_axes nr rb rc) k).
(* A bilinear kernel: every pair of operand elements that rel relates to o contributes its product. *)
Definition sem_bilinear {A} (S : scalar A) (rel : idx -> idx -> idx -> bool) (sx sy : shape) (x y : idx -> A) : idx -> A :=
  fun o => sumL S (fun i => sumL S (fun k => if rel o i k then smul S (x i) (y k) else s0 S) (indices sy)) (indices sx).
Definition sem_dot_general {A} (S : scalar A) (lb rb lc rc : axes) (sx sy : shape) : (idx -> A) -> (idx -> A) -> idx -> A :=
  sem_bilinear S (dot_rel lb rb lc rc (rank sx) (rank sy)) sx sy.

Definition vjp_dot_general (lb rb lc rc : axes) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
