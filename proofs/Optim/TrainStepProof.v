(* The train step is exact: it computes the loss and, of every parameter, the optimizer's update of it by
   the gradient. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve Ops.OpProof
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Backward Autodiff.Gradient
  Optim.Optimizer Optim.OptimizerProof Optim.TrainStep.
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
    2:{ apply Forall_app; split. eapply Forall_impl; [|apply FL]. simpl; intros; lia. repeat constructor; lia. }
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

(* What one parameter's new value and new state are, at the environment e: unchanged if the loss does not
   depend on it. *)
Definition updated_ok (o : optimizer) (m : PM.t positive) (rate : positive) (e e' : renv) (x : input)
           (states : list positive) (u : updated) : Prop :=
  match PM.find (fst x) m with
  | None => e' (fst u) = e (fst x) /\ map e' (snd u) = map e states
  | Some g =>
      same_on (snd (in_type x)) (e' (fst u)) (new_theta o (e (fst x)) (e g) (e rate []) (map e states))
      /\ Forall2 (same_on (snd (in_type x))) (map e' (snd u))
           (new_state o (e (fst x)) (e g) (e rate []) (map e states))
  end.

Lemma update1_sound o rate m x states n acc E u n' acc' :
  update1 o rate m x states n acc = (u, n', acc') ->
  (fst x < n)%positive -> (rate < n)%positive -> Forall (fun y => (y < n)%positive) states ->
  (forall g, PM.find (fst x) m = Some g -> (g < n)%positive) -> length states = length (state_of o) ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ ((fst u < n')%positive /\ Forall (fun y => (y < n')%positive) (snd u))
  /\ updated_ok o m rate (evalr acc E) (evalr acc' E) x states u.
Proof.
  intros H Lx Lr Ls Lg LS. unfold update1 in H. unfold updated_ok.
  destruct (PM.find (fst x) m) as [g|] eqn:F.
  2:{ injection H as <- <- <-. repeat split; auto; lia. }
  destruct (inst_update (fst (snd x)) (u_code (update_of o (in_type x))) (fst x :: g :: rate :: states) n acc)
    as [[loc n1] acc1] eqn:IN. injection H as <- <- <-.
  pose proof (update_bounded o (in_type x)) as UB. unfold update_bounds in UB. apply andb_prop in UB as [UB1 UB2].
  destruct (inst_update_sound _ E _ _ _ _ _ _ _ IN) as (I1 & I2 & I3 & I4 & I5).
  { repeat constructor; auto. }
  { simpl. rewrite LS. auto. }
  rewrite forallb_forall in UB2.
  assert (B : forall k, In k (u_theta (update_of o (in_type x)) :: u_state (update_of o (in_type x))) ->
                        (k < length loc)%nat).
  { intros k Hk. specialize (UB2 k Hk). apply Nat.ltb_lt in UB2. rewrite I3. simpl. rewrite LS. lia. }
  assert (NL : forall k, (k < length loc)%nat -> (nth k loc 1 < n1)%positive).
  { intros k Hk. rewrite Forall_forall in I2. apply I2, nth_In; auto. }
  assert (NV : forall k, (k < length loc)%nat -> evalr acc1 E (nth k loc 1%positive)
             = nth k (teval (map fst (u_code (update_of o (in_type x))))
                 (map (evalr acc E) (fst x :: g :: rate :: states))) tz).
  { intros k Hk. rewrite <- I5, nth_map_env; auto. }
  simpl map in NV.
  destruct (update_correct o (in_type x) (evalr acc E (fst x)) (evalr acc E g) (evalr acc E rate)
              (map (evalr acc E) states)) as (U1 & U2). { rewrite map_length; auto. }
  split; [auto|]. split; [auto|]. split; [split|split]; simpl.
  - apply NL, B; simpl; auto.
  - apply Forall_forall. intros y Hy. apply in_map_iff in Hy as (k & <- & Hk). apply NL, B; simpl; auto.
  - rewrite NV by (apply B; simpl; auto). exact U1.
  - rewrite map_map. erewrite map_ext_in; [exact U2|]. intros k Hk. apply NV, B; simpl; auto.
Qed.

(* All parameters, with their states and their updates. *)
Inductive all_updated (P : input -> list positive -> updated -> Prop) :
  list input -> list (list positive) -> list updated -> Prop :=
| all_none : all_updated P [] [] []
| all_one x xs st sts u us : P x st u -> all_updated P xs sts us ->
    all_updated P (x :: xs) (st :: sts) (u :: us).

Lemma updated_ok_frame o m rate e1 e2 e' x st u n :
  (forall y, (y < n)%positive -> e2 y = e1 y) -> (fst x < n)%positive -> (rate < n)%positive ->
  Forall (fun y => (y < n)%positive) st -> (forall g, PM.find (fst x) m = Some g -> (g < n)%positive) ->
  updated_ok o m rate e2 e' x st u -> updated_ok o m rate e1 e' x st u.
Proof.
  intros Q Lx Lr Ls Lg H. unfold updated_ok in *.
  assert (M : map e2 st = map e1 st).
  { apply map_ext_in. intros y Hy. apply Q. rewrite Forall_forall in Ls; auto. }
  rewrite M, (Q (fst x)) in H by auto. destruct (PM.find (fst x) m) as [g|]; auto.
  rewrite (Q g), (Q rate) in H by auto. auto.
Qed.
Lemma updated_ok_after o m rate e e1 e2 x st u n :
  (forall y, (y < n)%positive -> e2 y = e1 y) -> (fst u < n)%positive -> Forall (fun y => (y < n)%positive) (snd u) ->
  updated_ok o m rate e e1 x st u -> updated_ok o m rate e e2 x st u.
Proof.
  intros Q L1 L2 H. unfold updated_ok in *.
  assert (M : map e2 (snd u) = map e1 (snd u)).
  { apply map_ext_in. intros y Hy. apply Q. rewrite Forall_forall in L2; auto. }
  rewrite M, (Q (fst u)) by auto. auto.
Qed.

Lemma updates_sound o rate m E params : forall states n acc us n' acc',
  updates o rate m params states n acc = (us, n', acc') -> length states = length params ->
  (forall x, In x params -> (fst x < n)%positive) -> (rate < n)%positive ->
  (forall st, In st states -> length st = length (state_of o) /\ Forall (fun y => (y < n)%positive) st) ->
  (forall x g, In x params -> PM.find (fst x) m = Some g -> (g < n)%positive) ->
  (n <= n')%positive /\ (forall y, (y < n)%positive -> evalr acc' E y = evalr acc E y)
  /\ all_updated (fun x st u => updated_ok o m rate (evalr acc E) (evalr acc' E) x st u) params states us.
Proof.
  induction params as [|x params IH]; intros [|st states] n acc us n' acc' H LL LP LR LS LG;
    simpl in H, LL; try discriminate.
  - injection H as <- <- <-. repeat split; auto; try lia. constructor.
  - destruct (update1 o rate m x st n acc) as [[u n1] acc1] eqn:U.
    destruct (updates o rate m params states n1 acc1) as [[us1 n2] acc2] eqn:US. injection H as <- <- <-.
    destruct (LS st (or_introl eq_refl)) as (S1 & S2).
    destruct (update1_sound o rate m x st n acc E u n1 acc1 U) as (A1 & A2 & (A3 & A4) & A5); auto.
    { apply LP; simpl; auto. }
    { intros g Hg; eapply (LG x); simpl; auto. }
    destruct (IH states n1 acc1 us1 n2 acc2 US) as (B1 & B2 & B3); auto; try lia.
    { intros y Hy. assert (fst y < n)%positive by (apply LP; simpl; auto). lia. }
    { intros s Hs. destruct (LS s (or_intror Hs)) as (Q1 & Q2). split; auto.
      eapply Forall_impl; [|apply Q2]. simpl; intros; lia. }
    { intros y g Hy Hg. assert (g < n)%positive by (apply (LG y); simpl; auto). lia. }
    split; [lia|]. split.
    { intros y Hy. rewrite B2 by lia. auto. }
    constructor.
    + eapply updated_ok_after; [| | |exact A5]; eauto.
    + assert (LP' : forall y, In y params -> (fst y < n)%positive) by (intros; apply LP; simpl; auto).
      assert (LS' : forall s, In s states -> Forall (fun y => (y < n)%positive) s)
        by (intros s Hs; apply LS; simpl; auto).
      assert (LG' : forall y g, In y params -> PM.find (fst y) m = Some g -> (g < n)%positive)
        by (intros y g Hy; apply (LG y); simpl; auto).
      clear - B3 A2 LP' LR LS' LG'. induction B3; constructor.
      * eapply updated_ok_frame; [exact A2| | | | |eauto]; eauto. apply LP'; simpl; auto.
        apply LS'; simpl; auto. intros; eapply (LG' x); simpl; eauto.
      * apply IHB3; intros; [apply LP'|apply LS'|eapply LG']; simpl; eauto.
Qed.
