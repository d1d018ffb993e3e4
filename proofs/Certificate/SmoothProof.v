(* Networks without kinks are certified at every point, in every direction; of the others, the side
   conditions at the instructions listed by `kinks` are all that is left. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.OpProof
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Gradient
  Certificate.Sign Certificate.SignProof Certificate.SignMoves Certificate.SignSound Certificate.Smooth.
Import ListNotations.
Open Scope R_scope.

(* The side conditions of the instructions of l alone. *)
Fixpoint ok_at (act cone : positive -> bool) (l : list instr) (p : prog) (e d : renv) : Prop :=
  match p with
  | [] => True
  | i :: p => (In i l -> ok (iop i) (ats i) (rty i) (map e (args i)) (map d (args i)))
              /\ ok_at act cone l p (rstep e i) (snd (jstep act (e, d) i))
  end.
(* Fewer instructions, fewer conditions. *)
Lemma ok_at_incl act cone l l' p : forall e d, (forall i, In i l' -> In i l) -> ok_at act cone l p e d ->
  ok_at act cone l' p e d.
Proof. induction p as [|i p IH]; simpl; intros e d H K; auto. destruct K; split; auto. Qed.

(* The analysis discharges side conditions. *)
Lemma okc_ok o ats rt ss vs ds : infer o ats = Some rt -> holds_all ss (map snd ats) vs ->
  okc o ats rt ss = true -> ok o ats rt vs ds.
Proof.
  intros T H K. pose proof (okc_sound o ats rt ss vs ds T H K) as S.
  destruct o; try exact S; exact Logic.I.
Qed.

(* What the analysis says of the values V is true at e. *)
Definition signs_hold (Gm : positive -> ty) (m : PM.t sgn) (V : list positive) (e : renv) : Prop :=
  forall x, In x V -> holds (sign_of m x) (snd (Gm x)) (e x).

(* The side conditions of the instructions left by the analysis are enough. *)
Lemma kinks_sound Gm act cone p : forall V m e d l, wfP Gm act cone V p -> signs_hold Gm m V e ->
  (forall i, In i (kinks_of act cone m p) -> In i l) -> ok_at act cone l p e d -> okP act cone p e d.
Proof.
  induction p as [|i p IH]; simpl; intros V m e d l W H IN K; auto.
  destruct W as (A & T & N & D & _ & _ & W). destruct K as (K1 & K2).
  assert (HA : holds_all (map (sign_of m) (args i)) (map snd (ats i)) (map e (args i))).
  { clear - A H. induction A as [|a t aa ts [P1 P2] A IH]; simpl; auto. split; auto. rewrite <- P2. auto. }
  split.
  - intros C E. destruct (okc (iop i) (ats i) (rty i) (map (sign_of m) (args i))) eqn:O.
    + eapply okc_ok; eauto.
    + apply K1, IN. rewrite C, E. simpl. auto.
  - apply (IH (res i :: V) (PM.add (res i) (result_sign m i) m) _ _ l); auto.
    + intros x Hx. unfold sign_of. destruct (Pos.eq_dec x (res i)) as [->|NE].
      * rewrite PM.gss, T. unfold step. rewrite upd_eq. unfold result_sign. eapply transfer_sound; eauto.
        intros S. unfold same_args in S. destruct (args i) as [|a [|b [|]]]; simpl; auto.
        apply Pos.eqb_eq in S; subst; auto.
      * rewrite PM.gso by auto. unfold step. rewrite upd_neq by auto. destruct Hx as [<-|Hx]; [congruence|].
        apply H; auto.
    + intros j Hj. apply IN. destruct (cone (res i) && _ && _); simpl; auto.
Qed.

(* The side conditions that the sign analysis leaves open, at the point e in the direction d. *)
Definition conditions_at (f : forward) (e d : renv) : Prop :=
  ok_at (mem (f_active f)) (mem (f_cone f)) (kinks f) (f_prog f) e d.
Theorem conditions_suffice n f e d : elaborated n = Some f -> forward_ok f = true ->
  conditions_at f e d -> smooth_at f e d.
Proof.
  intros EL OK K. destruct (forward_ok_facts n f EL OK) as (V & FF).
  apply (kinks_sound _ _ _ _ V (PM.empty _) e d (kinks f) (ff_wf _ _ _ FF)); auto.
  intros x _. unfold sign_of. rewrite PM.gempty. apply holds_anything.
Qed.
(* A network without kinks has no open conditions. *)
Theorem no_conditions f e d : smooth f = true -> conditions_at f e d.
Proof.
  unfold smooth, conditions_at. destruct (kinks f); [|discriminate]. intros _.
  generalize (f_prog f) e d. clear. induction p as [|i p IH]; simpl; intros e d; auto. split; auto. tauto.
Qed.
