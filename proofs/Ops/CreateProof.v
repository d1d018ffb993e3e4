(* Constants and index numbers: nothing moves. *)
From Coq Require Import Reals ZArith List Bool Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Pointwise.
Import ListNotations.
Open Scope R_scope.

Definition jvp_constant (t : ty) (values : list decimal) : jvp_fun := fun _ _ _ _ => tz.
Definition ok_constant (t : ty) (values : list decimal) : ok_fun := fun _ _ _ _ => True.
Definition jvp_iota (t : ty) (dimension : Z) : jvp_fun := fun _ _ _ _ => tz.
Definition ok_iota (t : ty) (dimension : Z) : ok_fun := fun _ _ _ _ => True.

(* One value, or one for each element. *)
Lemma constant_typed t values ats rt : infer (Constant t values) ats = Some rt ->
  ats = [] /\ rt = t /\ shape_ok (snd t) = true /\ forallb (value_ok (fst t)) values = true
  /\ (length values = 1%nat \/ Z.of_nat (length values) = numel (snd t)).
Proof.
  simpl; unfold infer_constant; intros H. destruct ats; try discriminate.
  destruct (_ && _)%bool eqn:E; inv H. apply andb_prop in E as [E E3]. apply andb_prop in E as [E1 E2].
  apply orb_prop in E2. rewrite !Z.eqb_eq in E2. repeat split; auto. destruct E2; [left; lia|right; auto].
Qed.
(* The dimension is an axis. *)
Lemma iota_typed t a ats rt : infer (Iota t a) ats = Some rt ->
  ats = [] /\ rt = t /\ shape_ok (snd t) = true /\ (0 <= a < rank (snd t))%Z /\ fst t <> I1.
Proof.
  simpl; unfold infer_iota; intros H. destruct ats; try discriminate.
  destruct (_ && _)%bool eqn:E; inv H. rewrite !andb_true_iff in E. destruct E as (((E1 & E2) & E3) & E4).
  repeat split; auto; try lia. intros Q. rewrite Q in E4. discriminate.
Qed.

(* An op without operands does not move. *)
Lemma still_deriv o jvp0 ok : (forall ats rt, infer o ats = Some rt -> ats = []) ->
  (forall ats rt vs ds, jvp0 ats rt vs ds = tz) -> deriv_spec o jvp0 ok.
Proof.
  intros H J ats rt gs ds T F M K i Hi. pose proof (H _ _ T). subst ats.
  destruct gs, ds; simpl in M; try tauto. rewrite J.
  exact (Der_const (sem0 Rscal o [] rt [] i)).
Qed.
Lemma still_vjp o jvp0 ok : (forall ats rt, infer o ats = Some rt -> ats = []) ->
  (forall ats rt vs ds, jvp0 ats rt vs ds = tz) -> vjp_spec o jvp0 ok.
Proof.
  intros H J needs ats rt tm outs vs ds dy T F V LN LV LD S K. rewrite J, dotp_tz_r.
  rewrite (H _ _ T). auto.
Qed.
Lemma still_const o ok : (forall ats rt, infer o ats = Some rt -> ats = []) -> const_spec o ok.
Proof. intros H. apply integers_const. intros ats rt T _. rewrite (H _ _ T). auto. Qed.

Lemma constant_operands t v ats rt : infer (Constant t v) ats = Some rt -> ats = [].
Proof. intros T; apply (constant_typed _ _ _ _ T). Qed.
Lemma constant_deriv t v : deriv_spec (Constant t v) (jvp_constant t v) (ok_constant t v).
Proof. apply still_deriv; auto. apply constant_operands. Qed.
Lemma constant_const t v : const_spec (Constant t v) (ok_constant t v).
Proof. apply still_const, constant_operands. Qed.
Lemma constant_vjp_correct t v : vjp_spec (Constant t v) (jvp_constant t v) (ok_constant t v).
Proof. apply still_vjp; auto. apply constant_operands. Qed.

Lemma iota_operands t a ats rt : infer (Iota t a) ats = Some rt -> ats = [].
Proof. intros T; apply (iota_typed _ _ _ _ T). Qed.
Lemma iota_deriv t a : deriv_spec (Iota t a) (jvp_iota t a) (ok_iota t a).
Proof. apply still_deriv; auto. apply iota_operands. Qed.
Lemma iota_const t a : const_spec (Iota t a) (ok_iota t a).
Proof. apply still_const, iota_operands. Qed.
Lemma iota_vjp_correct t a : vjp_spec (Iota t a) (jvp_iota t a) (ok_iota t a).
Proof. apply still_vjp; auto. apply iota_operands. Qed.
