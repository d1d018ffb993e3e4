(* Ops that only move elements (src/ir/ops/shape.h): each result element is one operand element,
   result[o] = operand[source o]. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

(* src/ir/ops/axes.cpp, require_shape: no extent is negative, and their product fits. *)
Fixpoint product_fits (count : Z) (s : shape) : bool :=
  match s with
  | [] => true
  | d :: s => let n := Z.max count 1 * d in (0 <=? d) && (n <=? 2 ^ 62) && product_fits n s
  end.
Definition require_shape (s : shape) : bool := product_fits 1 s.

Definition infer_broadcast_in_dim (s : shape) (dims : axes) (ats : list ty) : option ty :=
  match ats with
  | [(e, si)] =>
      if (rank dims =? rank si)                                             (* broadcast_in_dim_c2 *)
         && in_range (rank s) dims                                          (* broadcast_in_dim_c3 *)
         && uniqz dims                                                      (* broadcast_in_dim_c4 *)
         && all2 (fun d a => (d =? 1) || (d =? znth s a)) si dims           (* broadcast_in_dim_c5 *)
         && require_shape s
      then Some (e, s)                                                      (* broadcast_in_dim_c1 *)
      else None
  | _ => None
  end.
Definition infer_reshape (s : shape) (ats : list ty) : option ty :=
  match ats with
  | [(e, si)] =>
      if (numel si =? numel s)                                              (* reshape_c2 *)
         && shape_ok si && require_shape s
      then Some (e, s)                                                      (* reshape_c1 *)
      else None
  | _ => None
  end.
Definition infer_transpose (permutation : axes) (ats : list ty) : option ty :=
  match ats with
  | [(e, si)] =>
      if ieqb (ascending permutation) (zseq (rank si))                      (* transpose_c2 *)
      then Some (e, pick permutation si)                                    (* transpose_c1, c3 *)
      else None
  | _ => None
  end.
Definition infer_reverse (dims : axes) (ats : list ty) : option ty :=
  match ats with
  | [(e, si)] =>
      if uniqz dims                                                         (* reverse_c2 *)
         && in_range (rank si) dims                                         (* reverse_c3 *)
      then Some (e, si)                                                     (* reverse_c1 *)
      else None
  | _ => None
  end.

(* The index of a row-major position. *)
Fixpoint unravel (s : shape) (p : Z) : idx :=
  match s with [] => [] | d :: s => (p / numel s) mod d :: unravel s p end.

(* source[k] = o[dims[k]], or 0 where the operand has extent 1 *)
Definition broadcast_source (si : shape) (dims : axes) (o : idx) : idx :=
  map (fun p => if fst p =? 1 then 0 else znth o (snd p)) (combine si dims).
Definition reshape_source (si so : shape) (o : idx) : idx := unravel si (ravel so o).
(* o[k] = source[permutation[k]] *)
Definition transpose_source (permutation : axes) (o : idx) : idx := pick (inverse_permutation permutation) o.
Definition reverse_source (s : shape) (dims : axes) (o : idx) : idx :=
  map (fun a => if memz a dims then znth s a - 1 - znth o a else znth o a) (zseq (rank s)).

(* Local numbering of one-operand templates: 0 the operand, 1 the result, 2 its cotangent, then 3, 4, ... *)

(* A chain of instructions of one operand each; the last value's number and type. *)
Definition chain := (list tinstr * (nat * ty))%type.
Definition link_if (changes : bool) (o : op) (t : ty) (c : chain) : chain :=
  let '(tm, (k, t0)) := c in
  if changes then (tm ++ [T o [k] [t0] t], (3 + length tm, t))%nat else c.
Definition is_identity (permutation : axes) : bool := ieqb permutation (zseq (rank permutation)).
Definition nonempty {X} (l : list X) : bool := match l with [] => false | _ => true end.

(* The result axes over which a broadcast's cotangent is summed: those that were added or stretched. *)
Definition stretched_axes (s si : shape) (dims : axes) : axes :=
  map snd (filter (fun p => (fst p =? 1) && negb (znth s (snd p) =? 1)) (combine si dims)).
Definition summed_axes (s si : shape) (dims : axes) : axes :=
  other_axes (rank s) dims ++ stretched_axes s si dims.
(* The operand's kept axes, by their place among the kept result axes. *)
Definition kept_permutation (kept dims : axes) : axes :=
  map (fun a => indexz a kept) (filter (fun a => memz a kept) dims).
(* Sum over the added and stretched axes; transpose; reshape: each only if it changes something. *)
Definition vjp_broadcast_in_dim (s : shape) (dims : axes) (needs : list bool) (ats : list ty) (rt : ty)
  : option template :=
  match ats with
  | [(e, si)] =>
      let summed := summed_axes s si dims in
      let kept := other_axes (rank s) summed in
      let p := kept_permutation kept dims in
      let sk := pick kept s in
      let sp := pick p sk in
      let c0 := ([], (2%nat, (e, s))) in
      let c1 := link_if (nonempty summed) (Reduce RAdd (ascending summed)) (e, sk) c0 in
      let c2 := link_if (negb (is_identity p)) (Transpose p) (e, sp) c1 in
      let c3 := link_if (negb (ieqb sp si)) (Reshape si) (e, si) c2 in
      Some (fst c3, [Some (fst (snd c3))])
  | _ => None
  end.
Definition vjp_reshape (s : shape) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match ats with
  | [t] => Some ([T (Reshape (snd t)) [2%nat] [rt] t], [Some 3%nat])
  | _ => None
  end.
Definition vjp_transpose (permutation : axes) (needs : list bool) (ats : list ty) (rt : ty)
  : option template :=
  match ats with
  | [t] => Some ([T (Transpose (inverse_permutation permutation)) [2%nat] [rt] t], [Some 3%nat])
  | _ => None
  end.
Definition vjp_reverse (dims : axes) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match ats with
  | [t] => Some ([T (Reverse dims) [2%nat] [rt] t], [Some 3%nat])
  | _ => None
  end.
