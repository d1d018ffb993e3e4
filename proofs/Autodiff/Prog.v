(* SSA programs: evaluation, and the decidable check that a program is well-formed. No reals. *)
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Op.
Import ListNotations.
Module PM := PositiveMap.

Section Eval.
  Context {A : Type} (S : scalar A).
  Definition env := positive -> idx -> A.
  Definition upd (e : env) (x : positive) (v : idx -> A) : env := fun y => if Pos.eqb x y then v else e y.
  Definition step (e : env) (i : instr) : env :=
    upd e (res i) (sem S (iop i) (ats i) (rty i) (map e (args i))).
  Definition eval (p : prog) (e : env) : env := fold_left step p e.
End Eval.
Arguments env : clear implicits.

(* What was just assigned is read back; *)
Lemma upd_eq {A} (e : env A) x v : upd e x v x = v.
Proof. unfold upd. rewrite Pos.eqb_refl; auto. Qed.
(* all else is as before. *)
Lemma upd_neq {A} (e : env A) x y v : x <> y -> upd e x v y = e y.
Proof. unfold upd. intros. destruct (Pos.eqb_spec x y); congruence. Qed.
(* One program after the other. *)
Lemma eval_app {A} (S : scalar A) p q e : eval S (p ++ q) e = eval S q (eval S p e).
Proof. apply fold_left_app. Qed.

Definition has_ty (G : PM.t ty) (a : positive) (t : ty) : bool :=
  match PM.find a G with Some t' => ty_eqb t' t | None => false end.
Definition is_ty (t : option ty) (r : ty) : bool := match t with Some t => ty_eqb t r | None => false end.
(* Operands are defined, with the stated types; the result is new and has the inferred type. *)
Definition wf1 (G : PM.t ty) (i : instr) : bool :=
  match PM.find (res i) G with Some _ => false | None =>
    all2 (has_ty G) (args i) (ats i) && is_ty (infer (iop i) (ats i)) (rty i) end.
Fixpoint wf (G : PM.t ty) (p : prog) : option (PM.t ty) :=
  match p with
  | [] => Some G
  | i :: p => if wf1 G i then wf (PM.add (res i) (rty i) G) p else None
  end.
