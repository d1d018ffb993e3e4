(* Slices whose place is known only when the program runs (src/ir/ops/dynamic.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Slice.
Import ListNotations.
Open Scope Z_scope.

(* A scalar as an index: the largest of lo, lo + 1, ..., lo + n that is at most v, or lo. *)
Fixpoint sindex {A} (C : scalar A) (n : nat) (lo : Z) (v : A) : Z :=
  match n with
  | O => lo
  | S n => if sltb C v (sofQ C (lo + 1) 1) then lo else sindex C n (lo + 1) v
  end.

(* The types of start indices, one for each axis of a shape; a window of these sizes fits in it. *)
Definition starts_ok (si : shape) (starts : list ty) : bool :=
  Nat.eqb (length starts) (length si) && forallb (fun t => ty_eqb t (I32, [])) starts.
Definition fits_in (sizes si : shape) : bool := all2 (fun n d => (0 <=? n) && (n <=? d)) sizes si.

Definition infer_dynamic_slice (sizes : shape) (ats : list ty) : option ty :=
  match ats with
  | (e, si) :: starts =>
      if starts_ok si starts                                       (* dynamic_slice_c2, c3, i2 *)
         && fits_in sizes si                                       (* dynamic_slice_c2, c4 *)
      then Some (e, sizes)                                         (* dynamic_slice_c1, c5 *)
      else None
  | [] => None
  end.
Definition infer_dynamic_update_slice (ats : list ty) : option ty :=
  match ats with
  | (e, si) :: (e', su) :: starts =>
      if elt_eqb e' e                                              (* dynamic_update_slice_c2 *)
         && starts_ok si starts                                    (* dynamic_update_slice_c4, c5, i3 *)
         && fits_in su si                                          (* dynamic_update_slice_c3, c6 *)
      then Some (e, si)                                            (* dynamic_update_slice_c1 *)
      else None
  | _ => None
  end.

(* Where the window begins: as the start indices say, but where the shape has room for it. *)
Fixpoint window_start {A} (C : scalar A) (sizes si : shape) (starts : list (idx -> A)) : list Z :=
  match sizes, si, starts with
  | n :: sizes, d :: si, v :: starts =>
      sindex C (Z.to_nat (d - n)) 0 (v []) :: window_start C sizes si starts
  | _, _, _ => []
  end.
(* The element o of the window that begins at b; the place in that window, if any, of an element. *)
Definition from_window (b : list Z) (o : idx) : idx := slice_source b (ones b) o.
Definition window_place (b : list Z) (sizes : shape) (o : idx) : option idx := pad_source b (zeros b) sizes o.

Definition sem_dynamic_slice {A} (C : scalar A) (sizes si : shape) (x : idx -> A) (starts : list (idx -> A))
  : idx -> A :=
  let b := window_start C sizes si starts in fun o => x (from_window b o).
Definition sem_dynamic_update_slice {A} (C : scalar A) (si su : shape) (x u : idx -> A)
  (starts : list (idx -> A)) : idx -> A :=
  let b := window_start C su si starts in
  fun o => match window_place b su o with Some i => u i | None => x o end.

Definition zeros_like (t : ty) : tinstr := T (Constant t [Dec 0 0]) [] [] t.
(* Start indices get no cotangent. *)
Definition nothing_for (starts : list ty) : list (option nat) := map (fun _ => None) starts.

(* The cotangent in the window's place among zeros. *)
Definition vjp_dynamic_slice (sizes : shape) (needs : list bool) (ats : list ty) (rt : ty)
  : option template :=
  match ats with
  | t :: starts =>
      let n := length ats in
      Some ([zeros_like t;
             T DynamicUpdateSlice ((n + 2) :: (n + 1) :: seq 1 (length starts))%nat (t :: rt :: starts) t],
            Some (n + 3)%nat :: nothing_for starts)
  | [] => None
  end.
(* For the operand, zeros in the window's place of the cotangent; for the update, that window of it. *)
Definition vjp_dynamic_update_slice (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match ats, needs with
  | t :: u :: starts, n0 :: n1 :: _ =>
      let n := length ats in
      let places := seq 2 (length starts) in
      let operand := [zeros_like u;
                      T DynamicUpdateSlice ((n + 1) :: (n + 2) :: places)%nat (rt :: u :: starts) rt] in
      let update := [T (DynamicSlice (snd u)) ((n + 1) :: places)%nat (rt :: starts) u] in
      Some ((if n0 then operand else []) ++ (if n1 then update else []),
            (if n0 then Some (n + 3)%nat else None)
            :: (if n1 then Some (if n0 then n + 4 else n + 2)%nat else None) :: nothing_for starts)
  | _, _ => None
  end.
