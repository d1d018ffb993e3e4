(* The optimizer's code updates every parameter. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Backward
  Optim.Optimizer Optim.OptimizerProof Optim.TrainStep Optim.TrainStepProof.
Import ListNotations.
Open Scope R_scope.

(* All parameters, with their states and their updates. *)
Inductive all_updated (P : input -> list positive -> updated -> Prop) :
  list input -> list (list positive) -> list updated -> Prop :=
| all_none : all_updated P [] [] []
| all_one x xs st sts u us : P x st u -> all_updated P xs sts us ->
    all_updated P (x :: xs) (st :: sts) (u :: us).

Lemma updated_ok_frame o m v sigma e1 e2 e' x st u n :
  (forall y, (y < n)%positive -> e2 y = e1 y) -> (fst x < n)%positive ->
  Forall (fun y => (y < n)%positive) st -> (forall g, PM.find (fst x) m = Some g -> (g < n)%positive) ->
  updated_ok o m v sigma e2 e' x st u -> updated_ok o m v sigma e1 e' x st u.
Proof.
  intros Q Lx Ls Lg H. unfold updated_ok in *.
  assert (M : map e2 st = map e1 st).
  { apply map_ext_in. intros y Hy. apply Q. rewrite Forall_forall in Ls; auto. }
  rewrite M, (Q (fst x)) in H by auto. destruct (PM.find (fst x) m) as [g|]; auto.
  rewrite (Q g) in H by auto. auto.
Qed.
Lemma updated_ok_after o m v sigma e e1 e2 x st u n :
  (forall y, (y < n)%positive -> e2 y = e1 y) -> (fst u < n)%positive ->
    Forall (fun y => (y < n)%positive) (snd u) ->
  updated_ok o m v sigma e e1 x st u -> updated_ok o m v sigma e e2 x st u.
Proof.
  intros Q L1 L2 H. unfold updated_ok in *.
  assert (M : map e2 (snd u) = map e1 (snd u)).
  { apply map_ext_in. intros y Hy. apply Q. rewrite Forall_forall in L2; auto. }
  rewrite M, (Q (fst u)) by auto. auto.
Qed.
Lemma map_below (e1 e2 : renv) n l : (forall y, (y < n)%positive -> e2 y = e1 y) ->
  Forall (fun y => (y < n)%positive) l -> map e2 l = map e1 l.
Proof. intros Q F. apply map_ext_in. intros y Hy. apply Q. rewrite Forall_forall in F; auto. Qed.

Lemma updates_sound o eta step sigma shared scale m E params : forall states n acc us n' acc',
  updates o (shared ++ scale) m params states n acc = (us, n', acc') -> length states = length params ->
  (forall x, In x params -> (fst x < n)%positive) -> Forall (fun y => (y < n)%positive) (shared ++ scale) ->
  (forall st, In st states -> length st = length (state_of o) /\ Forall (fun y => (y < n)%positive) st) ->
  gradients_below m params n ->
  (forall x g, In x params -> PM.find (fst x) m = Some g ->
    shared_are o eta step sigma shared scale (evalr acc E)) ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ all_updated (fun x st u => updated_ok o m (shared_values o eta step) sigma (evalr acc E) (evalr acc'
    E) x st u)
       params states us.
Proof.
  induction params as [|x params IH]; intros [|st states] n acc us n' acc' H LL LP LR LS LG SH;
    simpl in H, LL; try discriminate.
  - injection H as <- <- <-. repeat split; auto; try lia. constructor.
  - destruct (update1 o (shared ++ scale) m x st n acc) as [[u n1] acc1] eqn:U.
    destruct (updates o (shared ++ scale) m params states n1 acc1) as [[us1 n2] acc2] eqn:US.
    injection H as <- <- <-.
    destruct (LS st (or_introl eq_refl)) as (S1 & S2).
    destruct (update1_sound o eta step sigma shared scale m x st n acc E u n1 acc1 U) as (A1 & A2 & (A3 &
      A4) & A5); auto.
    { apply LP; simpl; auto. }
    { intros g Hg. split; [eapply (LG x) | eapply (SH x)]; simpl; eauto. }
    destruct (IH states n1 acc1 us1 n2 acc2 US) as (B1 & B2 & B3); auto; try lia.
    { intros y Hy. assert (fst y < n)%positive by (apply LP; simpl; auto). lia. }
    { eapply Forall_impl; [|apply LR]. simpl; intros; lia. }
    { intros s Hs. destruct (LS s (or_intror Hs)) as (Q1 & Q2). split; auto.
      eapply Forall_impl; [|apply Q2]. simpl; intros; lia. }
    { eapply gradients_below_le; [eapply gradients_below_cons; eauto | auto]. }
    { intros y g Hy Hg. destruct (SH y g (or_intror Hy) Hg) as (H1 & H2).
      apply Forall_app in LR as [LR1 LR2]. split; rewrite (map_below _ _ _ _ A2); auto. }
    split; [lia|]. split.
    { intros y Hy. rewrite B2 by lia. auto. }
    constructor.
    + eapply updated_ok_after; [| | |exact A5]; eauto.
    + assert (LP' : forall y, In y params -> (fst y < n)%positive) by (intros; apply LP; simpl; auto).
      assert (LS' : forall s, In s states -> Forall (fun y => (y < n)%positive) s)
        by (intros s Hs; apply LS; simpl; auto).
      apply gradients_below_cons in LG.
      clear - B3 A2 LP' LG LS'. unfold gradients_below in LG. induction B3; constructor.
      * eapply updated_ok_frame; [exact A2| | | |eauto].
        apply LP'; simpl; auto. apply LS'; simpl; auto. intros; eapply (LG x); simpl; eauto.
      * apply IHB3; intros; [eapply LG|apply LP'|apply LS']; simpl; eauto.
Qed.

(* The optimizer's code: every parameter is updated, with the scalars' values and the gradients' norm. *)
Theorem optimize_sound o e scalars m params states n E us n' acc :
  optimize o e scalars m params states n = (us, n', acc) ->
  Forall (fun y => (y < n)%positive) scalars -> length scalars = length (scalars_of o) ->
  length states = length params -> (forall x, In x params -> (fst x < n)%positive) ->
  (forall st, In st states -> length st = length (state_of o) /\ Forall (fun y => (y < n)%positive) st) ->
  gradients_below m params n ->
  let given := map E scalars in
  let v := shared_values o (nth 0 given tz []) (nth 1 given tz []) in
  let sigma := clip_scale o (sqrt (Sum (square_of m E) params)) in
  (forall y, (y < n)%positive -> evalr acc E y = E y)
  /\ all_updated (fun x st u => updated_ok o m v sigma E (evalr acc E) x st u) params states us.
Proof.
  intros H FS LS LL LP LST LG given v sigma. unfold optimize in H.
  destruct (inst_update [] (fst (shared_of o e)) scalars n []) as [[loc n1] acc1] eqn:IN.
  destruct (clipping o e m params n1 acc1) as [[scale n2] acc2] eqn:CL.
  destruct (shared_sound o e scalars E n [] loc n1 acc1 IN FS LS) as (S1 & S2 & S3 & S4).
  set (shared := at_places loc (snd (shared_of o e))) in *.
  destruct (clipping_sound o e m E params n1 acc1 scale n2 acc2 CL) as (C1 & C2 & C3 & C4).
  { eapply gradients_below_le; eauto. }
  destruct (updates_sound o (nth 0 given tz []) (nth 1 given tz []) sigma shared scale m E params states
    n2 acc2 us n' acc H)
    as (U1 & U2 & U3); auto.
  - intros x Hx. specialize (LP x Hx). lia.
  - apply Forall_app; split; auto. eapply Forall_impl; [|exact S3]. simpl; intros; lia.
  - intros st Hst. destruct (LST st Hst). split; auto. eapply Forall_impl; [|eassumption]. simpl; intros; lia.
  - eapply gradients_below_le; eauto. lia.
  - intros x g Hx Hg. split.
    + rewrite (map_below _ _ _ _ C2 S3). exact S4.
    + replace sigma with (clip_scale o (sqrt (Sum (square_of m (evalr acc1 E)) params))).
      eapply C4; eauto. unfold sigma. do 2 f_equal. apply sum_ext. intros y Hy. unfold square_of.
      destruct (PM.find (fst y) m) as [h|] eqn:F; auto. rewrite S2; auto. eapply LG; eauto.
  - assert (FR : forall y, (y < n)%positive -> evalr acc2 E y = E y).
    { intros y Hy. rewrite C2 by lia. apply S2; auto. }
    split. { intros y Hy. rewrite U2 by lia. auto. }
    fold v sigma in U3. clearbody v sigma. clear - U3 FR LP LST LG. unfold gradients_below in LG.
    induction U3; constructor.
    + eapply updated_ok_frame; [exact FR| | | |eauto].
      apply LP; simpl; auto. apply LST; simpl; auto. intros; eapply (LG x); simpl; eauto.
    + apply IHU3; intros; [apply LP|apply LST|eapply LG]; simpl; eauto.
Qed.
