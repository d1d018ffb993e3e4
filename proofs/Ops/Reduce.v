(* Reductions over whole axes (src/ir/ops/reduce.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

(* Outside the certified domain: a sum of truth values, and the largest of no elements. *)
Definition reduction_ok (kind : reduction) (dims : axes) (t rt : ty) : bool :=
  match kind with
  | RAdd => negb (elt_eqb (fst t) I1)
  | RMax => forallb (fun a => 0 <? znth (snd t) a) dims || memz 0 (snd rt)
  end.
Definition infer_reduce (kind : reduction) (dims : axes) (ats : list ty) : option ty :=
  match ats with
  | [t] =>
      let rt := (fst t, pick (other_axes (rank (snd t)) dims) (snd t)) in   (* reduce_c7, c8 *)
      if in_range (rank (snd t)) dims                                       (* reduce_c4 *)
         && uniqz dims                                                      (* reduce_c5 *)
         && reduction_ok kind dims t rt
      then Some rt else None
  | _ => None
  end.

(* The first of the largest elements at these indices. *)
Definition argmax {A} (S : scalar A) (l : list idx) (x : idx -> A) : option idx :=
  match l with
  | [] => None
  | i :: r => Some (fold_left (fun m j => if sltb S (x m) (x j) then j else m) r i)
  end.
(* The group of operand indices that are reduced to result index o: those whose kept axes are o. *)
Definition reduce_group (si : shape) (dims : axes) (o : idx) : list idx :=
  filter (fun i => ieqb o (pick (other_axes (rank si) dims) i)) (indices si).
Definition sem_reduction {A} (S : scalar A) (kind : reduction) (l : list idx) (x : idx -> A) : A :=
  match kind with
  | RAdd => sumL S x l
  | RMax => match argmax S l x with Some i => x i | None => sneg S (sinf S) end
  end.
Definition sem_reduce {A} (S : scalar A) (kind : reduction) (dims : axes) (si : shape) (x : idx -> A)
  : idx -> A :=
  fun o => sem_reduction S kind (reduce_group si dims o) x.

(* A sum: broadcast along the kept axes. A maximum: each of a group's `count` maxima gets ct / count. *)
Definition vjp_reduce (kind : reduction) (dims : axes) (needs : list bool) (ats : list ty) (rt : ty)
  : option template :=
  match ats with
  | [(e, s)] =>
      let t := (e, s) in
      let spread := BroadcastInDim s (other_axes (rank s) dims) in
      match kind with
      | RAdd => Some ([T spread [2%nat] [rt] t], [Some 3%nat])
      | RMax =>
          Some ([T spread [1%nat] [rt] t;                                   (* 3: best *)
                 T (Compare EQ) [0; 3]%nat [t; t] (I1, s);                  (* 4: mask *)
                 T (Convert e) [4%nat] [(I1, s)] t;                         (* 5: ones *)
                 T (Reduce RAdd dims) [5%nat] [t] rt;                       (* 6: count *)
                 T (Binary Divide) [2; 6]%nat [rt; rt] rt;                  (* 7: share *)
                 T spread [7%nat] [rt] t;                                   (* 8: spread *)
                 T (Constant t [Dec 0 0]) [] [] t;                          (* 9: zero *)
                 T Select [4; 8; 9]%nat [(I1, s); t; t] t], [Some 10%nat])
      end
  | _ => None
  end.
