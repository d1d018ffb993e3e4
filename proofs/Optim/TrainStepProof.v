(* The train step is exact: it computes the loss and, of every parameter, the optimizer's update of it by
   the gradient. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve Ops.OpProof
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Backward Autodiff.Gradient
  Optim.Optimizer Optim.ScalarsProof Optim.OptimizerProof Optim.TrainStep.
Import ListNotations.
Open Scope R_scope.

(* ---- well-formed programs leave what is defined alone ---- *)
Lemma wf_frame p : forall G G' e x, wf G p = Some G' -> PM.find x G <> None -> reval p e x = e x.
Proof.
  induction p as [|i p IH]; simpl; intros G G' e x W H; auto.
  unfold wf1 in W. destruct (PM.find (res i) G) eqn:F; [discriminate|].
  destruct (_ && _) in W; [|discriminate].
  assert (NE : res i <> x) by (intros <-; congruence).
  rewrite (IH _ _ (rstep e i) x W). unfold step. apply upd_neq; auto. rewrite PM.gso; auto.
Qed.
Lemma wf_app p q G G' : wf G (p ++ q) = Some G' -> exists G1, wf G p = Some G1 /\ wf G1 q = Some G'.
Proof.
  revert G; induction p as [|i p IH]; simpl; intros G H. eauto.
  destruct (wf1 G i); [|discriminate]. apply IH; auto.
Qed.
Lemma add_inputs_find l : forall G x, In x l -> PM.find (fst x) (add_inputs l G) <> None.
Proof.
  assert (K : forall k G y, PM.find y G <> None -> PM.find y (add_inputs k G) <> None).
  { induction k as [|z k IH]; simpl; intros G y H; auto. apply IH. destruct (Pos.eq_dec y (fst z)) as [->|N].
    rewrite PM.gss; discriminate. rewrite PM.gso; auto. }
  induction l as [|z l IH]; simpl; intros G x H; [tauto|]. destruct H as [->|H]; [|apply IH; auto].
  change (PM.find (fst x) (add_inputs l (PM.add (fst x) (in_type x) G)) <> None). apply K.
  rewrite PM.gss; discriminate.
Qed.

(* ---- instantiated templates ---- *)
Lemma inst_update_sound base E tm : forall loc n acc loc' n' acc',
  inst_update base tm loc n acc = (loc', n', acc') ->
  Forall (fun x => (x < n)%positive) loc -> template_ok (map fst tm) (length loc) = true ->
  (n <= n')%positive /\ Forall (fun x => (x < n')%positive) loc' /\ length loc' = (length loc + length tm)%nat
  /\ (forall x, (x < n)%positive -> evalr acc' E x = evalr acc E x)
  /\ map (evalr acc' E) loc' = teval (map fst tm) (map (evalr acc E) loc).
Proof.
  induction tm as [|[t e] tm IH]; simpl; intros loc n acc loc' n' acc' H FL TO.
  - injection H as <- <- <-. repeat split; auto; simpl; lia.
  - apply andb_prop in TO as [T1 T2].
    apply IH in H.
    2:{ apply Forall_app; split. eapply Forall_impl; [|apply FL]. simpl; intros; lia. repeat constructor;
        lia. }
    2:{ rewrite app_length; simpl. rewrite Nat.add_1_r; auto. }
    destruct H as (H1 & H2 & H3 & H4 & H5). repeat split; auto; try lia.
    + rewrite H3, app_length; simpl; lia.
    + intros x Hx. rewrite H4 by lia. simpl. apply upd_neq. simpl; lia.
    + rewrite H5. unfold teval; simpl. f_equal. unfold tstep. rewrite map_app. f_equal.
      * apply map_ext_in. intros x Hx. apply upd_neq. simpl. rewrite Forall_forall in FL.
        specialize (FL x Hx). lia.
      * simpl. f_equal. unfold step. simpl. rewrite upd_eq. f_equal. rewrite map_map.
        apply map_ext_in. intros j Hj. rewrite forallb_forall in T1. specialize (T1 j Hj).
        apply Nat.ltb_lt in T1. rewrite nth_map_env; auto.
Qed.

(* Where the template's value k is, and that it is what the template means. *)
Lemma inst_update_at base E tm loc n acc loc' n' acc' :
  inst_update base tm loc n acc = (loc', n', acc') ->
  Forall (fun x => (x < n)%positive) loc -> template_ok (map fst tm) (length loc) = true ->
  (n <= n')%positive /\ (forall x, (x < n)%positive -> evalr acc' E x = evalr acc E x)
  /\ forall k, (k < length loc + length tm)%nat -> (nth k loc' 1 < n')%positive
       /\ evalr acc' E (nth k loc' 1%positive) = made tm (map (evalr acc E) loc) k.
Proof.
  intros H FL TO. destruct (inst_update_sound _ E _ _ _ _ _ _ _ H FL TO) as (I1 & I2 & I3 & I4 & I5).
  split; [auto|]. split; [auto|]. intros k Hk. rewrite <- I3 in Hk. split.
  - rewrite Forall_forall in I2. apply I2, nth_In; auto.
  - unfold made. rewrite <- I5, nth_map_env; auto.
Qed.

(* ---- what a step computes once ---- *)
Lemma shared_sound o e scalars E n acc loc n' acc' :
  inst_update [] (fst (shared_of o e)) scalars n acc = (loc, n', acc') ->
  Forall (fun y => (y < n)%positive) scalars -> length scalars = length (scalars_of o) ->
  let shared := at_places loc (snd (shared_of o e)) in
  let given := map (evalr acc E) scalars in
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ Forall (fun y => (y < n')%positive) shared
  /\ scalars_are (map (evalr acc' E) shared)
       (shared_values o (nth 0 given tz []) (nth 1 given tz []) (last given tz [])).
Proof.
  intros H FS LS shared given.
  assert (TO : template_ok (map fst (fst (shared_of o e))) (length scalars) = true).
  { rewrite LS. unfold shared_of, scalars_of. destruct (accumulates o), (o_rule o); reflexivity. }
  assert (PL : forall k, In k (snd (shared_of o e)) ->
    (k < length scalars + length (fst (shared_of o e)))%nat).
  { rewrite LS. unfold shared_of, scalars_of.
    destruct (accumulates o), (o_rule o); simpl; intros k Hk; intuition subst; lia. }
  destruct (inst_update_at _ E _ _ _ _ _ _ _ H FS TO) as (I1 & I2 & I3).
  split; [auto|]. split; [auto|]. split.
  - apply Forall_forall. intros y Hy. apply in_map_iff in Hy as (k & <- & Hk). apply I3; auto.
  - unfold scalars_are. rewrite <- (shared_correct o e given) by (unfold given; rewrite map_length; auto).
    unfold shared, at_places. rewrite !map_map. apply map_ext_in. intros k Hk.
    rewrite (proj2 (I3 k (PL k Hk))). auto.
Qed.

(* Parameters that are numbered in order are distinct. *)
Lemma ascending_cons x l : ascending (x :: l) = true -> Forall (fun y => (x < y)%positive) l /\ ascending l = true.
Proof.
  revert x. induction l as [|y l IH]; intros x H; [split; constructor|].
  change (Pos.ltb x y && ascending (y :: l) = true) in H. apply andb_prop in H as [H1 H2].
  apply Pos.ltb_lt in H1. split; [|exact H2]. destruct (IH y H2) as [F _]. constructor; auto.
  eapply Forall_impl; [|exact F]. simpl; intros; lia.
Qed.
Lemma ascending_distinct l : ascending l = true -> NoDup l.
Proof.
  induction l as [|x l IH]; intros H; constructor; apply ascending_cons in H as [F H]; auto.
  intros I. rewrite Forall_forall in F. specialize (F x I). lia.
Qed.

(* The parameters' gradients and states. *)
Definition gradients_below (m : PM.t positive) (params : list input) (n : positive) : Prop :=
  forall x g, In x params -> PM.find (fst x) m = Some g -> (g < n)%positive.
Lemma gradients_below_cons m x params n : gradients_below m (x :: params) n -> gradients_below m params n.
Proof. intros H y g Hy. apply H; simpl; auto. Qed.
Lemma gradients_below_le m params n n' : gradients_below m params n -> (n <= n')%positive ->
  gradients_below m params n'.
Proof. intros H L y g Hy Hg. specialize (H y g Hy Hg). lia. Qed.

(* What accumulation makes of a parameter's gradient. *)
Definition accumulated_ok (o : optimizer) (m sums : PM.t positive) (E E' : renv) (n' : positive)
           (xs : input * list positive) : Prop :=
  let (x, st) := xs in
  match PM.find (fst x) m with
  | None => PM.find (fst x) sums = None
  | Some g => exists q, PM.find (fst x) sums = Some q /\ (q < n')%positive
                        /\ E' q = accumulated o (in_type x) (E g) (map E st)
  end.
Lemma last_map {X Y} (f : X -> Y) l d d' : l <> [] -> last (map f l) d' = f (last l d).
Proof.
  induction l as [|x [|y l] IH]; intros H; [congruence|reflexivity|].
  change (last (map f (y :: l)) d' = f (last (y :: l) d)). apply IH. discriminate.
Qed.
Lemma accumulate_sound o k m E params : o_parts o = Some k -> forall states n acc sums n' acc',
  accumulate k m params states n acc = (sums, n', acc') -> length states = length params ->
  NoDup (map fst params) -> gradients_below m params n ->
  (forall st, In st states -> st <> [] /\ Forall (fun y => (y < n)%positive) st) ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ (forall y, ~ In y (map fst params) -> PM.find y sums = PM.find y m)
  /\ Forall (accumulated_ok o m sums (evalr acc E) (evalr acc' E) n') (combine params states).
Proof.
  intros OK. induction params as [|x params IH]; intros [|st states] n acc sums n' acc' H LL ND GB LS;
    try discriminate; cbn [accumulate] in H.
  - injection H as <- <- <-. repeat split; auto; try lia. constructor.
  - inversion ND as [|? ? NX ND' Q]; subst.
    assert (LS' : forall st, In st states -> st <> [] /\ Forall (fun y => (y < n)%positive) st)
      by (intros; apply LS; simpl; auto).
    destruct (PM.find (fst x) m) as [g|] eqn:F.
    + destruct (inst_update _ _ _ n acc) as [[loc n1] acc1] eqn:IN.
      destruct (accumulate k m params states n1 acc1) as [[sums1 n2] acc2] eqn:AC. injection H as <- <- <-.
      destruct (LS st (or_introl eq_refl)) as (NE & BS). assert (BG : (g < n)%positive) by (apply (GB x); simpl; auto).
      assert (BL : (last st 1 < n)%positive).
      { rewrite Forall_forall in BS. apply BS. rewrite (app_removelast_last 1%positive NE) at 2.
        apply in_app_iff; simpl; auto. }
      destruct (inst_update_at _ E _ _ _ _ _ _ _ IN) as (I1 & I2 & I3); [repeat constructor; auto|reflexivity|].
      destruct (I3 4%nat) as (I4 & I5); [simpl; lia|].
      destruct (IH states n1 acc1 sums1 n2 acc2 AC) as (J1 & J2 & J3 & J4); auto.
      { eapply gradients_below_le; [eapply gradients_below_cons; eauto|lia]. }
      { intros s Hs. destruct (LS' s Hs) as (S1 & S2). split; auto. eapply Forall_impl; [|exact S2].
        simpl; intros; lia. }
      split; [lia|]. split; [intros y Hy; rewrite J2 by lia; auto|]. split.
      { intros y Hy. rewrite PM.gso. apply J3. intros I; apply Hy; simpl; auto.
        intros ->; apply Hy; simpl; auto. }
      simpl. constructor.
      * unfold accumulated_ok. rewrite F. exists (nth 4 loc 1%positive). rewrite PM.gss. split; [auto|].
        split; [lia|]. rewrite J2 by auto. rewrite I5. simpl map. rewrite accumulated_correct.
        unfold accumulated. rewrite OK, (last_map _ st 1%positive) by auto. reflexivity.
      * clear - J4 NX I2 GB LS' LL. apply Forall_forall. intros [y st'] Hy. rewrite Forall_forall in J4.
        specialize (J4 _ Hy). unfold accumulated_ok in *. assert (IY := in_combine_l _ _ _ _ Hy).
        assert (IS := in_combine_r _ _ _ _ Hy).
        assert (NY : fst y <> fst x). { intros Q. apply NX. rewrite <- Q. apply in_map; auto. }
        destruct (PM.find (fst y) m) as [h|] eqn:Fy; [|rewrite PM.gso; auto].
        destruct J4 as (q & Q1 & Q2 & Q3). exists q. rewrite PM.gso by auto. split; [auto|]. split; [auto|].
        rewrite Q3. rewrite I2 by (apply (GB y); simpl; auto). f_equal. apply map_ext_in. intros z Hz. apply I2.
        destruct (LS' st' IS) as (_ & B). rewrite Forall_forall in B. auto.
    + destruct (IH states n acc sums n' acc' H) as (J1 & J2 & J3 & J4); auto.
      { eapply gradients_below_cons; eauto. }
      split; [auto|]. split; [auto|]. split.
      { intros y Hy. apply J3. intros I; apply Hy; simpl; auto. }
      simpl. constructor; auto. unfold accumulated_ok. rewrite F, J3; auto.
Qed.
Lemma accumulation_sound o m E params states n acc sums n' acc' :
  accumulation o m params states n acc = (sums, n', acc') -> length states = length params ->
  NoDup (map fst params) -> gradients_below m params n ->
  (forall st, In st states -> length st = length (state_of o) /\ Forall (fun y => (y < n)%positive) st) ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ Forall (accumulated_ok o m sums (evalr acc E) (evalr acc' E) n') (combine params states).
Proof.
  intros H LL ND GB LS. unfold accumulation in H. destruct (o_parts o) as [k|] eqn:P.
  - destruct (accumulate_sound o k m E params P _ _ _ _ _ _ H) as (A1 & A2 & _ & A4); auto.
    intros st Hst. destruct (LS st Hst) as (S1 & S2). split; auto. intros ->. revert S1.
    unfold state_of, accumulates. rewrite P, app_length. simpl. lia.
  - injection H as <- <- <-. split; [lia|]. split; auto. apply Forall_forall. intros [x st] Hx.
    unfold accumulated_ok. destruct (PM.find (fst x) m) as [g|] eqn:F; auto. exists g. split; auto.
    split. { apply (GB x); auto. eapply in_combine_l; eauto. } unfold accumulated. rewrite P. auto.
Qed.

(* The sum of the squares of all gradients. *)
Definition square_of (m : PM.t positive) (e : renv) (x : input) : R :=
  match PM.find (fst x) m with Some g => dotp (snd (in_type x)) (e g) (e g) | None => 0 end.
Lemma all_squares_sound m E params : forall total n acc total' n' acc' r,
  all_squares m params total n acc = (total', n', acc') -> gradients_below m params n ->
  (forall y, total = Some y -> (y < n)%positive) ->
    match total with Some y => evalr acc E y [] = r | None => r = 0 end ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ (forall y, total' = Some y -> (y < n')%positive)
  /\ match total' with
     | Some y => evalr acc' E y [] = r + Sum (square_of m (evalr acc E)) params
     | None => total = None /\ forall x, In x params -> PM.find (fst x) m = None
     end.
Proof.
  induction params as [|x params IH]; simpl; intros total n acc total' n' acc' r H GB TB TV.
  - injection H as <- <- <-. repeat split; auto; try lia. destruct total; [rewrite TV; lra | tauto].
  - unfold square_of at 1. destruct (PM.find (fst x) m) as [g|] eqn:F.
    + destruct (inst_update _ _ _ n acc) as [[loc n1] acc1] eqn:IN.
      set (first := match total with None => true | Some _ => false end) in *.
      set (earlier := match total with None => [] | Some y => [y] end) in *.
      assert (LE : length earlier = (if first then 0 else 1)%nat) by (unfold earlier, first;
        destruct total; auto).
      destruct (inst_update_at _ E _ _ _ _ _ _ _ IN) as (I1 & I2 & I3).
      { constructor. apply (GB x); simpl; auto. unfold earlier. destruct total; repeat constructor; auto. }
      { simpl. rewrite LE. destruct first; reflexivity. }
      destruct (I3 (squares_at first)) as (I4 & I5).
      { simpl. rewrite LE. destruct first; simpl; lia. }
      assert (V : evalr acc1 E (nth (squares_at first) loc 1%positive) []
                  = r + dotp (snd (in_type x)) (evalr acc E g) (evalr acc E g)).
      { rewrite I5. simpl map. rewrite squares_correct by (rewrite map_length; auto).
        f_equal. unfold first, earlier. destruct total; simpl; auto. }
      destruct (IH _ _ _ _ _ _ (r + dotp (snd (in_type x)) (evalr acc E g) (evalr acc E g)) H) as (J1 &
        J2 & J3 & J4); auto.
      { eapply gradients_below_le; [eapply gradients_below_cons; eauto | lia]. }
      { intros y Hy; injection Hy as <-; auto. }
      split; [lia|]. split; [intros y Hy; rewrite J2 by lia; auto|]. split; [auto|].
      destruct total' as [y|]; [|destruct J4; discriminate].
      rewrite J4, Rplus_assoc. f_equal. f_equal. apply sum_ext. intros z Hz. unfold square_of.
      destruct (PM.find (fst z) m) as [h|] eqn:Fz; auto. rewrite I2; auto. apply (GB z); simpl; auto.
    + destruct (IH _ _ _ _ _ _ r H) as (J1 & J2 & J3 & J4); auto.
      { eapply gradients_below_cons; eauto. }
      repeat split; auto. destruct total'; [rewrite J4; lra|]. destruct J4; split; auto.
      intros z [<-|Hz]; auto.
Qed.

(* The scale of clipping, if any parameter has a gradient. *)
Lemma clipping_sound o e m E params n acc scale n' acc' :
  clipping o e m params n acc = (scale, n', acc') -> gradients_below m params n ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ Forall (fun y => (y < n')%positive) scale
  /\ forall x g, In x params -> PM.find (fst x) m = Some g ->
     scalars_are (map (evalr acc' E) scale)
       (if clips o then [clip_scale o (sqrt (Sum (square_of m (evalr acc E)) params))] else []).
Proof.
  intros H GB. unfold clipping in H. unfold clips. destruct (o_clip o) as [c|] eqn:C.
  2:{ injection H as <- <- <-. repeat split; auto; lia. }
  destruct (all_squares m params None n acc) as [[total n1] acc1] eqn:SQ.
  destruct (all_squares_sound m E params _ _ _ _ _ _ 0 SQ GB) as (S1 & S2 & S3 & S4); auto; try discriminate.
  destruct total as [y|].
  2:{ injection H as <- <- <-. repeat split; auto. destruct S4 as [_ S4].
      intros x g Hx Hg. rewrite (S4 x Hx) in Hg; discriminate. }
  destruct (inst_update [] (clip_of c e) [y] n1 acc1) as [[loc n2] acc2] eqn:IN. injection H as <- <- <-.
  destruct (inst_update_at _ E _ _ _ _ _ _ _ IN) as (I1 & I2 & I3); auto.
  destruct (I3 4%nat) as (I4 & I5); [simpl; lia|].
  split; [lia|]. split; [intros z Hz; rewrite I2 by lia; auto|]. split; [repeat constructor; auto|].
  intros _ _ _ _. unfold scalars_are. simpl map. rewrite I5. simpl map.
  rewrite (clip_correct o c e _ C), S4, Rplus_0_l. auto.
Qed.

(* ---- each parameter ---- *)
(* What one parameter's new value and new state are, at the environment e: unchanged if the loss does not
   depend on it. *)
Definition updated_ok (o : optimizer) (m : PM.t positive) (v : list R) (a sigma : R) (e e' : renv) (x : input)
           (states : list positive) (u : updated) : Prop :=
  match PM.find (fst x) m with
  | None => e' (fst u) = e (fst x) /\ map e' (snd u) = map e states
  | Some g =>
      same_on (snd (in_type x)) (e' (fst u))
        (new_theta o (in_type x) (e (fst x)) (e g) v a sigma (map e states))
      /\ Forall2 (same_on (snd (in_type x))) (map e' (snd u))
           (new_state o (in_type x) (e (fst x)) (e g) v a sigma (map e states))
  end.
(* The shared scalars have these values, if there is any gradient. *)
Definition shared_are (o : optimizer) (eta step a sigma : R) (shared scale : list positive) (e : renv) : Prop :=
  scalars_are (map e shared) (shared_values o eta step a)
  /\ scalars_are (map e scale) (if clips o then [sigma] else []).

Lemma update1_sound o eta step a sigma shared scale m x states n acc E u n' acc' :
  update1 o (shared ++ scale) m x states n acc = (u, n', acc') ->
  (fst x < n)%positive -> Forall (fun y => (y < n)%positive) (shared ++ scale) ->
  Forall (fun y => (y < n)%positive) states ->
  (forall g, PM.find (fst x) m = Some g -> (g < n)%positive
    /\ shared_are o eta step a sigma shared scale (evalr acc E)) ->
  length states = length (state_of o) ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ ((fst u < n')%positive /\ Forall (fun y => (y < n')%positive) (snd u))
  /\ updated_ok o m (rule_values (o_rule o) eta step) a sigma (evalr acc E) (evalr acc' E) x states u.
Proof.
  intros H Lx Lr Ls Lg LS. unfold update1 in H. unfold updated_ok.
  destruct (PM.find (fst x) m) as [g|] eqn:F.
  2:{ injection H as <- <- <-. repeat split; auto; lia. }
  destruct (Lg g eq_refl) as (Bg & SH & SC). set (u0 := update_of o (in_type x)) in *.
  destruct (inst_update (fst (snd x)) (u_code u0) (fst x :: g :: (shared ++ scale) ++ states) n acc)
    as [[loc n1] acc1] eqn:IN. injection H as <- <- <-.
  pose proof (update_bounded o (in_type x)) as UB. unfold update_bounds in UB. fold u0 in UB.
  apply andb_prop in UB as [UB1 UB2].
  assert (LL : length (fst x :: g :: (shared ++ scale) ++ states)
     = (2 + length (snd (shared_of o (fst (in_type x)))) + (if clips o then 1 else 0) + length (state_of
       o))%nat).
  { simpl. rewrite !app_length, LS, (shared_length o _ eta step a), <- SH, !map_length.
    replace (length scale) with (length (map (fun y : tensor => y []) (map (evalr acc E) scale)))
      by (rewrite !map_length; auto).
    rewrite SC. destruct (clips o); simpl; lia. }
  destruct (inst_update_at _ E _ _ _ _ _ _ _ IN) as (I1 & I2 & I3).
  { repeat constructor; auto. apply Forall_app; auto. }
  { rewrite LL; auto. }
  rewrite LL in I3. rewrite forallb_forall in UB2.
  assert (B : forall k, In k (u_theta u0 :: u_state u0) -> (nth k loc 1 < n1)%positive
     /\ evalr acc1 E (nth k loc 1%positive) = made (u_code u0) (map (evalr acc E) (fst x :: g :: (shared
       ++ scale) ++ states)) k).
  { intros k Hk. apply I3. specialize (UB2 k Hk). apply Nat.ltb_lt in UB2. auto. }
  destruct (update_correct o (in_type x) (evalr acc E (fst x)) (evalr acc E g) (map (evalr acc E) shared)
              (map (evalr acc E) scale) (map (evalr acc E) states) eta step a sigma SH SC) as (U1 & U2).
  { rewrite map_length; auto. }
  rewrite app_assoc, <- !map_app in U1, U2.
  split; [auto|]. split; [auto|]. split; [split|split]; simpl.
  - apply B; simpl; auto.
  - apply Forall_forall. intros y Hy. apply in_map_iff in Hy as (k & <- & Hk). apply B; simpl; auto.
  - rewrite (proj2 (B (u_theta u0) (or_introl eq_refl))). exact U1.
  - unfold at_places. rewrite map_map. erewrite map_ext_in; [exact U2|]. intros k Hk. apply B; simpl; auto.
Qed.

