(* What the bilinear ops share: a kernel of pairs, and a backward template of one part per operand. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

(* Every pair of operand elements that rel relates to the result's element o contributes its product:
   z[o] = sum over (i, k) with rel o i k of x[i] * y[k]. *)
Definition sem_bilinear {A} (S : scalar A) (rel : idx -> idx -> idx -> bool) (sx sy : shape)
  (x y : idx -> A) : idx -> A :=
  fun o => sumL S (fun i => sumL S (fun k => if rel o i k then smul S (x i) (y k) else s0 S) (indices sy))
                (indices sx).

(* A piece of a template, from the number of its first instruction: the instructions and where the
   value that they make is. *)
Definition piece := nat -> list tinstr * nat.
(* The local environment holds x, y, their product and its cotangent: pieces start at number 4. *)
Definition two_cotangents (needs : list bool) (dx dy : piece) : template :=
  let first := if nth 0 needs false then fst (dx 4%nat) else [] in
  let next := (4 + length first)%nat in
  (first ++ (if nth 1 needs false then fst (dy next) else []),
   [if nth 0 needs false then Some (snd (dx 4%nat)) else None;
    if nth 1 needs false then Some (snd (dy next)) else None]).

(* A constant zero of type t. *)
Definition zero_piece (t : ty) : piece := fun n => ([T (Constant t [Dec 0 0]) [] [] t], n).
(* src/ir/ops/axes.h: value x of type t transposed, unless the permutation changes nothing. *)
Definition transpose_unless_identity (n x : nat) (t : ty) (permutation : axes) : list tinstr * nat :=
  if ieqb permutation (zseq (rank (snd t))) then ([], x)
  else ([T (Transpose permutation) [x] [t] (fst t, pick permutation (snd t))], n).
(* The axes of l in ascending order, each once. *)
Definition sorted_axes (n : Z) (l : axes) : axes := filter (fun a => memz a l) (zseq n).
(* first, first + 1, ..., first + count - 1 *)
Definition consecutive (first count : Z) : axes := map (Z.add first) (zseq count).
