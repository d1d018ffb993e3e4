(* Ops that cut and join (src/ir/ops/slice.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

Definition infer_slice (start limit strides : list Z) (ats : list ty) : option ty := None.
Definition infer_pad (low high interior : list Z) (ats : list ty) : option ty := None.
Definition infer_concatenate (dimension : Z) (ats : list ty) : option ty := None.

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

Definition vjp_slice (start limit strides : list Z) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_pad (low high interior : list Z) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
Definition vjp_concatenate (dimension : Z) (needs : list bool) (ats : list ty) (rt : ty) : option template := None.
