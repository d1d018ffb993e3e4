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

Lemma updated_ok_frame o m v a sigma e1 e2 e' x st u n :
  (forall y, (y < n)%positive -> e2 y = e1 y) -> (fst x < n)%positive ->
  Forall (fun y => (y < n)%positive) st -> (forall g, PM.find (fst x) m = Some g -> (g < n)%positive) ->
  updated_ok o m v a sigma e2 e' x st u -> updated_ok o m v a sigma e1 e' x st u.
Proof.
  intros Q Lx Ls Lg H. unfold updated_ok in *.
  assert (M : map e2 st = map e1 st).
  { apply map_ext_in. intros y Hy. apply Q. rewrite Forall_forall in Ls; auto. }
  rewrite M, (Q (fst x)) in H by auto. destruct (PM.find (fst x) m) as [g|]; auto.
  rewrite (Q g) in H by auto. auto.
Qed.
Lemma updated_ok_after o m v a sigma e e1 e2 x st u n :
  (forall y, (y < n)%positive -> e2 y = e1 y) -> (fst u < n)%positive ->
    Forall (fun y => (y < n)%positive) (snd u) ->
  updated_ok o m v a sigma e e1 x st u -> updated_ok o m v a sigma e e2 x st u.
Proof.
  intros Q L1 L2 H. unfold updated_ok in *.
  assert (M : map e2 (snd u) = map e1 (snd u)).
  { apply map_ext_in. intros y Hy. apply Q. rewrite Forall_forall in L2; auto. }
  rewrite M, (Q (fst u)) by auto. auto.
Qed.
Lemma map_below (e1 e2 : renv) n l : (forall y, (y < n)%positive -> e2 y = e1 y) ->
  Forall (fun y => (y < n)%positive) l -> map e2 l = map e1 l.
Proof. intros Q F. apply map_ext_in. intros y Hy. apply Q. rewrite Forall_forall in F; auto. Qed.

Lemma updates_sound o eta step a sigma shared scale m E params : forall states n acc us n' acc',
  updates o (shared ++ scale) m params states n acc = (us, n', acc') -> length states = length params ->
  (forall x, In x params -> (fst x < n)%positive) -> Forall (fun y => (y < n)%positive) (shared ++ scale) ->
  (forall st, In st states -> length st = length (state_of o) /\ Forall (fun y => (y < n)%positive) st) ->
  gradients_below m params n ->
  (forall x g, In x params -> PM.find (fst x) m = Some g ->
    shared_are o eta step a sigma shared scale (evalr acc E)) ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ all_updated (fun x st u => updated_ok o m (rule_values (o_rule o) eta step) a sigma (evalr acc E) (evalr acc'
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
    destruct (update1_sound o eta step a sigma shared scale m x st n acc E u n1 acc1 U) as (A1 & A2 & (A3 &
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

(* The gradient that the optimizer sees: of a batch that comes in parts the sum over them. *)
Definition seen (o : optimizer) (m : PM.t positive) (e : renv) (x : input) (st : list positive) : tensor :=
  match PM.find (fst x) m with Some g => accumulated o (in_type x) (e g) (map e st) | None => tz end.
(* The sum of the squares of all of them. *)
Definition seen_squares (o : optimizer) (m : PM.t positive) (e : renv) (params : list input)
           (states : list (list positive)) : R :=
  Sum (fun xs => let g := seen o m e (fst xs) (snd xs) in dotp (snd (in_type (fst xs))) g g)
    (combine params states).
Lemma seen_squares_are o m sums E E' n' params : forall states, length states = length params ->
  Forall (accumulated_ok o m sums E E' n') (combine params states) ->
  Sum (square_of sums E') params = seen_squares o m E params states.
Proof.
  unfold seen_squares. induction params as [|x params IH]; intros [|st states] LL F; try discriminate; auto.
  simpl in F. inversion F as [|? ? H1 H2]; subst. simpl. rewrite (IH states) by auto. f_equal.
  unfold square_of, seen. unfold accumulated_ok in H1. destruct (PM.find (fst x) m) as [g|].
  - destruct H1 as (q & Q1 & _ & Q2). rewrite Q1, Q2. auto.
  - rewrite H1, dotp_0_l. auto.
Qed.

(* What becomes of a parameter. *)
Definition optimized (o : optimizer) (m : PM.t positive) (v : list R) (a sigma : R) (e e' : renv) (x : input)
           (st : list positive) (u : updated) : Prop :=
  match PM.find (fst x) m with
  | None => e' (fst u) = e (fst x) /\ map e' (snd u) = map e st
  | Some _ =>
      let g := seen o m e x st in
      same_on (snd (in_type x)) (e' (fst u)) (new_theta o (in_type x) (e (fst x)) g v a sigma (map e st))
      /\ Forall2 (same_on (snd (in_type x))) (map e' (snd u))
           (new_state o (in_type x) (e (fst x)) g v a sigma (map e st))
  end.
Lemma optimized_by o m sums v a sigma E E1 E2 n' params states us :
  Forall (accumulated_ok o m sums E E1 n') (combine params states) ->
  (forall x, In x params -> E1 (fst x) = E (fst x)) ->
  (forall st, In st states -> map E1 st = map E st) ->
  all_updated (updated_ok o sums v a sigma E1 E2) params states us ->
  all_updated (optimized o m v a sigma E E2) params states us.
Proof.
  intros F X S A. induction A as [|x xs st sts u us P A IH]; constructor.
  - simpl in F. inversion F as [|? ? H1 _]; subst. unfold updated_ok, optimized, seen in *.
    unfold accumulated_ok in H1. rewrite (X x), (S st) in P by (simpl; auto).
    destruct (PM.find (fst x) m) as [g|].
    + destruct H1 as (q & Q1 & _ & Q2). rewrite Q1, Q2 in P. exact P.
    + rewrite H1 in P. exact P.
  - apply IH; [simpl in F; inversion F; auto| |]; intros; [apply X|apply S]; simpl; auto.
Qed.

(* The optimizer's code: every parameter is updated, with the scalars' values and the gradients' norm. *)
Theorem optimize_sound o e scalars m params states n E us n' acc :
  optimize o e scalars m params states n = (us, n', acc) ->
  Forall (fun y => (y < n)%positive) scalars -> length scalars = length (scalars_of o) ->
  length states = length params -> (forall x, In x params -> (fst x < n)%positive) ->
  (forall st, In st states -> length st = length (state_of o) /\ Forall (fun y => (y < n)%positive) st) ->
  gradients_below m params n -> NoDup (map fst params) ->
  let given := map E scalars in
  let v := rule_values (o_rule o) (nth 0 given tz []) (nth 1 given tz []) in
  let sigma := clip_scale o (sqrt (seen_squares o m E params states)) in
  (forall y, (y < n)%positive -> evalr acc E y = E y)
  /\ all_updated (optimized o m v (last given tz []) sigma E (evalr acc E)) params states us.
Proof.
  intros H FS LS LL LP LST LG ND given v sigma. unfold optimize in H.
  destruct (inst_update [] (fst (shared_of o e)) scalars n []) as [[loc n1] acc1] eqn:IN.
  destruct (accumulation o m params states n1 acc1) as [[sums n2] acc2] eqn:AC.
  destruct (clipping o e sums params n2 acc2) as [[scale n3] acc3] eqn:CL.
  destruct (shared_sound o e scalars E n [] loc n1 acc1 IN FS LS) as (S1 & S2 & S3 & S4).
  set (shared := at_places loc (snd (shared_of o e))) in *.
  assert (LST1 : forall st, In st states -> length st = length (state_of o) /\ Forall (fun y => (y < n1)%positive) st).
  { intros st Hst. destruct (LST st Hst). split; auto. eapply Forall_impl; [|eassumption]. simpl; intros; lia. }
  destruct (accumulation_sound o m E params states n1 acc1 sums n2 acc2 AC) as (A1 & A2 & A3); auto.
  { eapply gradients_below_le; eauto. }
  (* before the optimizer's own code nothing changes *)
  assert (F1 : Forall (accumulated_ok o m sums E (evalr acc2 E) n2) (combine params states)).
  { apply Forall_forall. intros [x st] Hx. rewrite Forall_forall in A3. specialize (A3 _ Hx).
    unfold accumulated_ok in *. destruct (PM.find (fst x) m) as [g|] eqn:Fx; auto.
    destruct A3 as (q & Q1 & Q2 & Q3). exists q. repeat split; auto. rewrite Q3.
    rewrite S2 by (apply (LG x); auto; eapply in_combine_l; eauto). f_equal.
    apply map_ext_in. intros y Hy. apply S2. destruct (LST st (in_combine_r _ _ _ _ Hx)) as (_ & B).
    rewrite Forall_forall in B. auto. }
  assert (GS : gradients_below sums params n2).
  { intros x g Hx Hg. assert (IX : exists st, In (x, st) (combine params states)).
    { clear - Hx LL. revert states LL. induction params as [|z params IH]; intros states LL; [destruct Hx|].
      destruct states as [|st states]; [discriminate|]. destruct Hx as [->|Hx]; simpl; [eauto|].
      destruct (IH Hx states) as (s & Hs); eauto. }
    destruct IX as (st & IX). rewrite Forall_forall in F1. specialize (F1 _ IX). unfold accumulated_ok in F1.
    destruct (PM.find (fst x) m); [|congruence]. destruct F1 as (q & Q1 & Q2 & _). congruence. }
  destruct (clipping_sound o e sums E params n2 acc2 scale n3 acc3 CL GS) as (C1 & C2 & C3 & C4).
  destruct (updates_sound o (nth 0 given tz []) (nth 1 given tz []) (last given tz []) sigma shared scale sums E params
    states n3 acc3 us n' acc H) as (U1 & U2 & U3); auto.
  - intros x Hx. specialize (LP x Hx). lia.
  - apply Forall_app; split; auto. eapply Forall_impl; [|exact S3]. simpl; intros; lia.
  - intros st Hst. destruct (LST st Hst). split; auto. eapply Forall_impl; [|eassumption]. simpl; intros; lia.
  - eapply gradients_below_le; eauto.
  - intros x g Hx Hg. split.
    + assert (S3' : Forall (fun y => (y < n2)%positive) shared)
        by (eapply Forall_impl; [|exact S3]; simpl; intros; lia).
      rewrite (map_below _ _ _ _ C2 S3'), (map_below _ _ _ _ A2 S3). exact S4.
    + replace sigma with (clip_scale o (sqrt (Sum (square_of sums (evalr acc2 E)) params))).
      eapply C4; eauto. unfold sigma. do 2 f_equal. apply (seen_squares_are o m sums E _ n2); auto.
  - assert (FR : forall y, (y < n)%positive -> evalr acc3 E y = E y).
    { intros y Hy. rewrite C2 by lia. rewrite A2 by lia. apply S2; auto. }
    split. { intros y Hy. rewrite U2 by lia. auto. }
    fold v in U3. apply (optimized_by o m sums v _ sigma E (evalr acc3 E) (evalr acc E) n2); auto.
    + apply Forall_forall. intros [x st] Hx. rewrite Forall_forall in F1. specialize (F1 _ Hx).
      unfold accumulated_ok in *. destruct (PM.find (fst x) m); auto. destruct F1 as (q & Q1 & Q2 & Q3).
      exists q. repeat split; auto. rewrite C2; auto.
    + intros st Hst. apply map_ext_in. intros y Hy. apply FR. destruct (LST st Hst) as (_ & B).
      rewrite Forall_forall in B. auto.
Qed.
