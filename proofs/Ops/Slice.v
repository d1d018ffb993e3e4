(* Ops that cut and join (src/ir/ops/slice.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Shape.
Import ListNotations.
Open Scope Z_scope.

(* Per axis: 0 <= start <= limit <= extent, the stride is positive. *)
Fixpoint slice_ok (start limit strides : list Z) (si : shape) : bool :=
  match start, limit, strides, si with
  | [], [], [], [] => true                                                  (* slice_c2 *)
  | b :: start, l :: limit, s :: strides, d :: si =>
      (0 <=? b) && (b <=? l) && (l <=? d)                                   (* slice_c3 *)
      && (0 <? s)                                                           (* slice_c4 *)
      && slice_ok start limit strides si
  | _, _, _, _ => false
  end.
(* The number of steps from start that stay below limit. *)
Fixpoint slice_shape (start limit strides : list Z) : shape :=
  match start, limit, strides with
  | b :: start, l :: limit, s :: strides =>
      (if b =? l then 0 else (l - b - 1) / s + 1) :: slice_shape start limit strides
  | _, _, _ => []
  end.
Definition infer_slice (start limit strides : list Z) (ats : list ty) : option ty :=
  match ats with
  | [(e, si)] =>
      if slice_ok start limit strides si
      then Some (e, slice_shape start limit strides)                        (* slice_c1, c5 *)
      else None
  | _ => None
  end.

(* An extent with `interior` elements between each two neighbours. *)
Definition with_interior (d interior : Z) : Z := Z.max (d - 1) 0 * interior + d.
(* src/ir/ops/slice.cpp computes in 64 bits *)
Definition fits64 (z : Z) : bool := (- 2 ^ 63 <? z) && (z <? 2 ^ 63).
Fixpoint pad_ok (low high interior : list Z) (si : shape) : bool :=
  match low, high, interior, si with
  | [], [], [], [] => true                                                  (* pad_c2 *)
  | l :: low, h :: high, n :: interior, d :: si =>
      (0 <=? n)                                                             (* pad_c3 *)
      && (0 <=? with_interior d n + l + h)                                  (* pad_c4 *)
      && fits64 (with_interior d n) && fits64 l && fits64 h && fits64 (with_interior d n + l)
      && pad_ok low high interior si
  | _, _, _, _ => false
  end.
Fixpoint pad_shape (low high interior : list Z) (si : shape) : shape :=
  match low, high, interior, si with
  | l :: low, h :: high, n :: interior, d :: si => with_interior d n + l + h :: pad_shape low high interior si
  | _, _, _, _ => []
  end.
Definition infer_pad (low high interior : list Z) (ats : list ty) : option ty :=
  match ats with
  | [(e, si); (e', sv)] =>
      if elt_eqb e e'                                                       (* pad_c1 *)
         && ieqb sv []                                                      (* pad_i2 *)
         && pad_ok low high interior si
         && require_shape (pad_shape low high interior si)
      then Some (e, pad_shape low high interior si)                         (* pad_c1, c4 *)
      else None
  | _ => None
  end.

(* The sum of the operands' extents along the axis. *)
Definition concatenated (a : Z) (ats : list ty) : Z :=
  fold_right (fun t n => znth (snd t) a + n) 0 ats.
Definition concatenate_shape (a : Z) (ats : list ty) (s : shape) : shape := set_axis s a (concatenated a ats).
Definition infer_concatenate (dimension : Z) (ats : list ty) : option ty :=
  match ats with
  | [] => None                                                              (* concatenate_c3 *)
  | (e, s) :: _ =>
      if (0 <=? dimension) && (dimension <? rank s)                         (* concatenate_c4 *)
         && forallb (fun t => elt_eqb (fst t) e) ats                        (* concatenate_c1 *)
         && forallb (fun t => (rank (snd t) =? rank s)                      (* concatenate_c2 *)
                              && ieqb (set_axis (snd t) dimension (znth s dimension)) s) ats
         && forallb (fun t => 0 <=? znth (snd t) dimension) ats
         && require_shape (concatenate_shape dimension ats s)
      then Some (e, concatenate_shape dimension ats s)                      (* concatenate_c5, c6 *)
      else None
  end.

(* result[o] = operand[start + o * stride] *)
Fixpoint slice_source (start strides : list Z) (o : idx) : idx :=
  match start, strides, o with
  | b :: start, s :: strides, i :: o => b + i * s :: slice_source start strides o
  | _, _, _ => []
  end.
(* result[low + i * (interior + 1)] = operand[i]: the operand index of o if there is one *)
Fixpoint pad_source (low interior : list Z) (si : shape) (o : idx) : option idx :=
  match low, interior, si, o with
  | [], [], [], [] => Some []
  | l :: low, n :: interior, d :: si, z :: o =>
      let p := z - l in
      if (0 <=? p) && (p mod (n + 1) =? 0) && (p / (n + 1) <? d)
      then option_map (cons (p / (n + 1))) (pad_source low interior si o) else None
  | _, _, _, _ => None
  end.
Definition sem_slice {A} (start strides : list Z) (x : idx -> A) : idx -> A :=
  fun o => x (slice_source start strides o).
Definition sem_pad {A} (low interior : list Z) (si : shape) (x v : idx -> A) : idx -> A :=
  fun o => match pad_source low interior si o with Some i => x i | None => v [] end.
(* The operands one after the other along the axis. *)
Fixpoint sem_concatenate {A} (S : scalar A) (a : Z) (ats : list ty) (xs : list (idx -> A)) (o : idx) : A :=
  match ats, xs with
  | t :: ats, x :: xs =>
      let d := znth (snd t) a in
      if znth o a <? d then x o else sem_concatenate S a ats xs (set_axis o a (znth o a - d))
  | _, _ => s0 S
  end.

Definition zero_of (e : elt) : tinstr := T (Constant (e, []) [Dec 0 0]) [] [] (e, []).

(* What the last element of the slice leaves of each axis: the mirrored pad's high edge. *)
Fixpoint slice_rest (start strides : list Z) (si so : shape) : list Z :=
  match start, strides, si, so with
  | b :: start, s :: strides, d :: si, n :: so =>
      d - (b + n + Z.max (n - 1) 0 * (s - 1)) :: slice_rest start strides si so
  | _, _, _, _ => []
  end.
(* The mirror image: a pad by zeros, with interior strides - 1. *)
Definition vjp_slice (start limit strides : list Z) (needs : list bool) (ats : list ty) (rt : ty)
  : option template :=
  match ats with
  | [(e, si)] =>
      let high := slice_rest start strides si (snd rt) in
      let interior := map (fun s => s - 1) strides in
      Some ([zero_of e; T (Pad start high interior) [2; 3]%nat [rt; (e, [])] (e, si)], [Some 4%nat])
  | _ => None
  end.

Definition any_nonzero (l : list Z) : bool := existsb (fun v => negb (v =? 0)) l.
Definition zeros (s : list Z) : list Z := map (fun _ => 0) s.
Definition ones (s : list Z) : list Z := map (fun _ => 1) s.
(* For the operand: undo the edges, then pick every (interior + 1)-th element; these two steps, and
   where the operand's contribution is. *)
Definition pad_back (low high interior : list Z) (e : elt) (si : shape) (rt : ty) : list tinstr * nat :=
  let sd := map (fun p => with_interior (fst p) (snd p)) (combine si interior) in
  let edges := any_nonzero low || any_nonzero high in
  let dilates := any_nonzero interior in
  let pad := [zero_of e;
              T (Pad (map Z.opp low) (map Z.opp high) (zeros interior)) [3; 4]%nat [rt; (e, [])] (e, sd)] in
  let slice (k : nat) :=
    [T (Slice (zeros interior) sd (map (Z.add 1) interior)) [k] [(e, sd)] (e, si)] in
  match edges, dilates with
  | true, true => (pad ++ slice 5, 6)%nat
  | true, false => (pad, 5)%nat
  | false, true => (slice 3, 4)%nat
  | false, false => ([], 3)%nat
  end.
(* For the value: what the operand did not get, the sum of ct (place 3) minus the sum of dx (place k). *)
Definition pad_rest (e : elt) (si so : shape) (k m : nat) : list tinstr :=
  let ts := (e, []) in
  [T (Reduce RAdd (zseq (rank so))) [3%nat] [(e, so)] ts;
   T (Reduce RAdd (zseq (rank si))) [k] [(e, si)] ts;
   T (Binary Subtract) [m; S m] [ts; ts] ts].
Definition vjp_pad (low high interior : list Z) (needs : list bool) (ats : list ty) (rt : ty)
  : option template :=
  match ats, needs with
  | [(e, si); _], [n0; n1] =>
      if negb n0 && negb n1 then Some ([], [None; None]) else
      let '(tm, k) := pad_back low high interior e si rt in
      if negb n1 then Some (tm, [Some k; None]) else
      let m := (4 + length tm)%nat in
      Some (tm ++ pad_rest e si (snd rt) k m, [if n0 then Some k else None; Some (S (S m))])
  | _, _ => None
  end.

(* One slice of the cotangent (number ct) for each operand in need; the next instruction's number is
   `next`, the first element that is left along the axis is `start`. *)
Fixpoint concatenate_slices (a : Z) (rt : ty) (ct next : nat) (start : Z) (needs : list bool) (ats : list ty)
  : template :=
  match ats, needs with
  | t :: ats, n :: needs =>
      let limit := start + znth (snd t) a in
      let '(tm, outs) := concatenate_slices a rt ct (if n then S next else next) limit needs ats in
      if n
      then (T (Slice (set_axis (zeros (snd rt)) a start) (set_axis (snd rt) a limit) (ones (snd rt)))
              [ct] [rt] t :: tm, Some next :: outs)
      else (tm, None :: outs)
  | _, _ => ([], [])
  end.
Definition vjp_concatenate (dimension : Z) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  let n := length ats in
  Some (concatenate_slices dimension rt (1 + n) (2 + n) 0 needs ats).
