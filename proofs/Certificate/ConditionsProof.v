(* The sign analysis of a whole program is sound: of the gradient's side conditions only those of
   `open_of f` are hypotheses, and if there are none, the gradient is exact at every point. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.OpProof
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Gradient
  Certificate.Sign Certificate.SignProof Certificate.SignSound Certificate.Conditions.
Import ListNotations.

Section Program.
Variable Gm : positive -> ty.
Variables act cone : positive -> bool.

(* What m says is true of the values at e; m speaks of values of V alone. *)
Definition true_at (V : list positive) (m : PM.t sgn) (e : renv) : Prop :=
  forall x s, PM.find x m = Some s -> In x V /\ holds s (snd (Gm x)) (e x).

Lemma operands_hold V m e aa ts : true_at V m e -> Forall2 (fun a t => In a V /\ Gm a = t) aa ts ->
  holds_all (map (sign_at m) aa) (map snd ts) (map e aa).
Proof.
  intros H F. induction F as [|a t aa ts [_ Q] F IH]; simpl; auto. split; auto.
  unfold sign_at. destruct (PM.find a m) as [s|] eqn:E.
  - rewrite <- Q. apply (H a s E).
  - intros i _. apply sat_anything.
Qed.
Lemma same_operands_equal i (e : renv) : same_operands i = true ->
  match map e (args i) with [x; y] => x = y | _ => True end.
Proof.
  unfold same_operands. destruct (args i) as [|a [|b [|c l]]]; simpl; auto.
  intros E. apply Pos.eqb_eq in E. congruence.
Qed.
(* One instruction: its result's sign is true of its result. *)
Lemma sign_step_true V m e i : true_at V m e ->
  Forall2 (fun a t => In a V /\ Gm a = t) (args i) (ats i) -> Gm (res i) = rty i -> ~ In (res i) V ->
  infer (iop i) (ats i) = Some (rty i) -> true_at (res i :: V) (sign_step m i) (rstep e i).
Proof.
  intros H F R N T x s E. unfold sign_step in E. destruct (Pos.eq_dec x (res i)) as [->|D].
  - rewrite PM.gss in E. injection E as <-. split; [left; auto|].
    unfold step. rewrite upd_eq, R. apply transfer_sound; auto.
    + eapply operands_hold; eauto.
    + apply same_operands_equal.
  - rewrite PM.gso in E by auto. destruct (H x s E) as [I K]. split; [right; auto|].
    unfold step. rewrite upd_neq by (intros Q; apply D; auto). exact K.
Qed.

(* The side conditions that are open. *)
Fixpoint openP (m : PM.t sgn) (p : prog) (e d : renv) : Prop :=
  match p with
  | [] => True
  | i :: p =>
      (cone (res i) = true -> existsb act (args i) = true -> discharged m i = false ->
       ok (iop i) (ats i) (rty i) (map e (args i)) (map d (args i)))
      /\ openP (sign_step m i) p (rstep e i) (snd (jstep act (e, d) i))
  end.

(* The ops' side conditions are those that the sign analysis knows. *)
Hypothesis known : forall o ats rt vs ds, side_condition o ats rt vs ds -> ok o ats rt vs ds.

(* Open conditions are enough: the others hold by the signs. *)
Theorem open_enough p : forall V m e d, wfP Gm act cone V p -> true_at V m e ->
  openP m p e d -> okP act cone p e d.
Proof.
  induction p as [|i p IH]; simpl; auto. intros V m e d (F & R & N & T & _ & _ & W) H [O P]. split.
  - intros C A. destruct (discharged m i) eqn:D; auto. apply known.
    eapply okc_sound; [exact T| |exact D]. eapply operands_hold; eauto.
  - eapply IH; [exact W| |exact P]. apply sign_step_true; auto.
Qed.
Lemma none_open p : forall m e d, open_instrs act cone m p = [] -> openP m p e d.
Proof.
  induction p as [|i p IH]; simpl; auto. intros m e d H.
  destruct (cone (res i) && existsb act (args i) && negb (discharged m i)) eqn:E; [discriminate|].
  split; auto. intros C A D. rewrite C, A, D in E. discriminate.
Qed.
End Program.

(* No open condition: the side conditions hold at every point, in every direction. *)
Theorem smooth_everywhere n f : elaborated n = Some f -> forward_ok f = true ->
  (forall o ats rt vs ds, side_condition o ats rt vs ds -> ok o ats rt vs ds) ->
  open_of f = [] -> forall e d, smooth_at f e d.
Proof.
  intros EL OK K O e d. destruct (forward_ok_facts n f EL OK) as (V & FF).
  apply (open_enough (type_in (f_types f)) _ _ K _ V (PM.empty _)).
  - apply (ff_wf _ _ _ FF).
  - intros x s E. rewrite PM.gempty in E. discriminate.
  - apply none_open. exact O.
Qed.
