(* The train step computes the loss, the metrics, and the optimizer's update of every parameter by the
   gradient of the loss. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve Ops.OpProof
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Backward Autodiff.Gradient
  Optim.Optimizer Optim.OptimizerProof Optim.TrainStep Optim.TrainStepProof Optim.UpdatesProof.
Import ListNotations.
Open Scope R_scope.

(* ---- ids of the state and of the step's scalars ---- *)
Lemma states_of_spec x endings : forall n,
  length (states_of x endings n) = length endings
  /\ Forall (fun y => (n <= fst y)%positive /\ (fst y < after n endings)%positive) (states_of x endings n)
  /\ (n <= after n endings)%positive.
Proof.
  induction endings as [|e endings IH]; intros n; simpl.
  - repeat split; auto; lia.
  - destruct (IH (Pos.succ n)) as (I1 & I2 & I3). split; [auto|]. split; [|lia].
    constructor; simpl; [lia|]. eapply Forall_impl; [|exact I2]. simpl; intros; lia.
Qed.
Lemma all_states_spec endings params : forall n states next, all_states endings params n = (states, next) ->
  length states = length params /\ (n <= next)%positive
  /\ forall st, In st states -> length st = length endings
                /\ Forall (fun y => (n <= fst y)%positive /\ (fst y < next)%positive) st.
Proof.
  induction params as [|x params IH]; simpl; intros n states next H.
  - injection H as <- <-. repeat split; simpl; auto; try lia; tauto.
  - destruct (all_states endings params (after n endings)) as [rest m] eqn:E. injection H as <- <-.
    destruct (IH _ _ _ E) as (I1 & I2 & I3). destruct (states_of_spec x endings n) as (S1 & S2 & S3).
    split; [simpl; auto|]. split; [lia|]. intros st [<-|Hs].
    + split; auto. eapply Forall_impl; [|exact S2]. simpl; intros; lia.
    + destruct (I3 st Hs) as (J1 & J2). split; auto. eapply Forall_impl; [|exact J2]. simpl; intros; lia.
Qed.

Lemma number_spec l : forall n, length (Network.number n l) = length l /\ (n <= after n l)%positive
  /\ forall x, In x (Network.number n l) -> (n <= fst x)%positive /\ (fst x < after n l)%positive.
Proof.
  induction l as [|a l IH]; simpl; intros n. repeat split; try lia; tauto.
  destruct (IH (Pos.succ n)) as (I1 & I2 & I3). split; [auto|]. split; [lia|].
  intros x [<-|H]; simpl; [lia|]. specialize (I3 x H). lia.
Qed.
Lemma after_map {X Y} (f : X -> Y) l : forall n, after n (map f l) = after n l.
Proof. induction l; simpl; auto. Qed.

(* ---- what the step computes ---- *)
(* The gradient that the optimizer sees of a parameter with the state st: of a batch that comes in parts the
   sum over the parts. *)
Definition gradient_seen (o : optimizer) (f : forward) (s : bst) (e : renv) (x : input) (st : list positive)
  : tensor := accumulated o (in_type x) (gradient f s e (fst x)) (map e st).
(* The global norm: the root of the sum of the squares of all their elements. A parameter that the loss does
   not depend on has none. *)
Definition global_norm (o : optimizer) (f : forward) (s : bst) (e : renv) (states : list (list positive)) : R :=
  sqrt (Sum (fun xs => match PM.find (fst (fst xs)) (ctm s) with
                       | Some _ => let g := gradient_seen o f s e (fst xs) (snd xs) in
                                   dotp (snd (in_type (fst xs))) g g
                       | None => 0
                       end) (combine (f_params f) states)).

(* What becomes of a parameter x with the state st, from the arguments e to the results e'; v are the scalars
   that all parameters share, the optimizer moves them if a is not 0, sigma is the scale of clipping. A
   parameter that the loss does not depend on stays. *)
Definition stepped (o : optimizer) (f : forward) (s : bst) (v : list R) (a sigma : R) (e e' : renv)
           (x : input) (st : list positive) (u : updated) : Prop :=
  match PM.find (fst x) (ctm s) with
  | None => e' (fst u) = e (fst x) /\ map e' (snd u) = map e st
  | Some _ =>
      let g := gradient_seen o f s e x st in
      same_on (snd (in_type x)) (e' (fst u)) (new_theta o (in_type x) (e (fst x)) g v a sigma (map e st))
      /\ Forall2 (same_on (snd (in_type x))) (map e' (snd u))
           (new_state o (in_type x) (e (fst x)) g v a sigma (map e st))
  end.

(* From the arguments e to the results e': the new parameters and the new state are the optimizer's, the
   new statistics, the loss and the metrics are the forward graph's. The step's scalars are the learning rate,
   where the optimizer asks for it the number of the step, and, if the batch comes in parts, whether this is
   the last one. *)
Definition step_computes (n : network) (f : forward) (s : bst) (o : optimizer) (st : train_step)
           (e e' : renv) : Prop :=
  exists (states : list (list input)) (scalars : list input) (us : list updated),
    s_args st = f_params f ++ concat states ++ f_stats f ++ scalars ++ f_batch f
    /\ map (fun x => fst (snd x)) scalars = map bytes_of (scalars_of o)
    /\ s_results st = map fst us ++ concat (map snd us) ++ net_stat_results n ++ net_results n
    /\ (let given := map (fun x => e (fst x) []) scalars in
        all_updated (stepped o f s (rule_values (o_rule o) (nth 0 given 0) (nth 1 given 0)) (last given 0)
                       (clip_scale o (global_norm o f s e (map (map fst) states))) e e')
          (f_params f) (map (map fst) states) us)
    /\ (forall r, In r (net_stat_results n ++ net_results n) -> e' r = reval (f_prog f) e r).

Lemma all_updated_weaken (P Q : input -> list positive -> updated -> Prop) xs sts us :
  (forall x st u, In x xs -> In st sts -> P x st u -> Q x st u) -> all_updated P xs sts us ->
    all_updated Q xs sts us.
Proof.
  intros H A. induction A; constructor; [apply H; simpl; auto|]. apply IHA. intros; apply H; simpl; auto.
Qed.

Lemma wf_keeps p : forall G G' x, wf G p = Some G' -> PM.find x G <> None -> PM.find x G' <> None.
Proof.
  induction p as [|i p IH]; simpl; intros G G' x W H. injection W as <-; auto.
  destruct (wf1 G i); [|discriminate]. apply (IH _ _ _ W). destruct (Pos.eq_dec x (res i)) as [->|N].
  rewrite PM.gss; discriminate. rewrite PM.gso; auto.
Qed.

Theorem train_step_exact n f s o :
  let st := make_train_step n f s o in
  step_ok n f s st = true -> forall e, step_computes n f s o st e (reval (step_prog f st) e).
Proof.
  intros st OK e. unfold step_ok in OK.
  destruct (wf (add_inputs (s_args st) (PM.empty ty)) (f_prog f)) as [G1|] eqn:W1; [|discriminate].
  rewrite !andb_true_iff in OK. destruct OK as ((((RD & _) & W2) & PR) & DI). apply ascending_distinct in DI.
  destruct (wf G1 (s_tail st)) as [G2|] eqn:W2'; [|discriminate]. clear W2.
  assert (FR : forall r, In r (net_stat_results n ++ net_results n) ->
    reval (step_prog f st) e r = reval (f_prog f) e r).
  { intros r Hr. unfold step_prog. rewrite eval_app. apply (wf_frame _ _ _ _ _ W2').
    rewrite forallb_forall in RD. specialize (RD r Hr). unfold defined in RD. intros N; rewrite N in RD;
      discriminate. }
  (* arguments keep their values up to the optimizer *)
  assert (AR : forall x, In x (s_args st) -> reval (f_prog f ++ rev (code s)) e (fst x) = e (fst x)).
  { intros x Hx. pose proof (add_inputs_find _ (PM.empty ty) x Hx) as D.
    rewrite eval_app.
    assert (TL : exists q, s_tail st = rev (code s) ++ q).
    { unfold st, make_train_step. destruct (all_states _ _ _). destruct (optimize _ _ _ _ _ _ _) as [[? ?] ?].
      simpl. eauto. }
    destruct TL as (q & TL). rewrite TL in W2'. apply wf_app in W2' as (G3 & W3 & _).
    rewrite (wf_frame _ _ _ _ _ W3).
    - apply (wf_frame _ _ _ _ _ W1); auto.
    - apply (wf_keeps _ _ _ _ W1); auto. }
  revert AR FR. unfold st, make_train_step.
  destruct (all_states (state_of o) (f_params f) (nxt s)) as [states first] eqn:AS.
  set (scalars := scalar_inputs o _ first).
  destruct (optimize o _ (map fst scalars) (ctm s) (f_params f) (map (map fst) states) (after first
    (scalars_of o)))
    as [[us nx] acc] eqn:UP.
  cbn [s_args s_results s_tail]. unfold step_prog; cbn [s_tail]. intros AR FR.
  destruct (all_states_spec _ _ _ _ _ AS) as (L1 & L2 & L3).
  destruct (number_spec (map (fun l => (bytes_of l, (fst (loss_type f), []))) (scalars_of o)) first)
    as (N1 & N2 & N3).
  change (Network.number _ _) with scalars in N1, N3. rewrite map_length in N1. rewrite after_map in N2, N3.
  exists states, scalars, us. split; [reflexivity|]. split.
  { unfold scalars, scalar_inputs. clear. generalize (fst (loss_type f)). intros e0. revert first.
    induction (scalars_of o); simpl; intros first; [auto|]. f_equal. auto. }
  split; [reflexivity|]. split; [|exact FR].
  rewrite forallb_forall in PR.
  assert (PX : forall x, In x (f_params f) -> (fst x < nxt s)%positive
                /\ forall g, PM.find (fst x) (ctm s) = Some g -> (g < nxt s)%positive).
  { intros x Hx. specialize (PR x Hx). apply andb_prop in PR as [P1 P2]. unfold precedes in *.
    split; [apply Pos.ltb_lt; auto|]. intros g Hg. rewrite Hg in P2. apply Pos.ltb_lt; auto. }
  set (E := reval (f_prog f ++ rev (code s)) e) in *.
  assert (RV : reval (f_prog f ++ rev (code s) ++ rev acc) e = evalr acc E).
  { rewrite app_assoc, eval_app. apply evalr_eval. }
  rewrite RV.
  destruct (optimize_sound o _ _ _ _ _ _ E _ _ _ UP) as (U1 & U2).
  - apply Forall_forall. intros y Hy. apply in_map_iff in Hy as (x & <- & Hx). apply N3; auto.
  - rewrite map_length; auto.
  - rewrite map_length; auto.
  - intros x Hx. destruct (PX x Hx). lia.
  - intros st0 Hst. apply in_map_iff in Hst as (l & <- & Hl). destruct (L3 l Hl) as (S1 & S2).
    rewrite map_length. split; auto. apply Forall_forall. intros y Hy.
    apply in_map_iff in Hy as (z & <- & Hz).
    rewrite Forall_forall in S2. specialize (S2 z Hz). lia.
  - intros x g Hx Hg. destruct (PX x Hx) as (_ & Q). specialize (Q g Hg). lia.
  - auto.
  - assert (GM : map (fun x : tensor => x []) (map E (map fst scalars)) = map (fun x => e (fst x) []) scalars).
    { rewrite !map_map. apply map_ext_in. intros x Hx. rewrite AR; auto. rewrite !in_app_iff. auto. }
    assert (GV : forall k, (nth k (map E (map fst scalars)) tz) []
    = nth k (map (fun x => e (fst x) []) scalars) 0).
    { intros k. rewrite <- GM, <- (map_nth (fun x : tensor => x [])). reflexivity. }
    assert (GL : (last (map E (map fst scalars)) tz) [] = last (map (fun x => e (fst x) []) scalars) 0).
    { rewrite <- GM. symmetry. apply (last_map (fun x : tensor => x [])). intros Q.
      assert (Z : length scalars = O) by (apply (f_equal (@length tensor)) in Q; rewrite !map_length in Q; exact Q).
      rewrite N1 in Z. unfold scalars_of in Z. rewrite app_length in Z. destruct (o_rule o); discriminate Z. }
    rewrite !GV, GL in U2.
    assert (EX : forall x, In x (f_params f) -> E (fst x) = e (fst x)) by (intros; apply AR, in_app_iff; auto).
    assert (ES : forall st0, In st0 (map (map fst) states) -> map E st0 = map e st0).
    { intros st0 Hst. apply in_map_iff in Hst as (l & <- & Hl). apply map_ext_in. intros y Hy.
      apply in_map_iff in Hy as (z & <- & Hz). apply AR. rewrite !in_app_iff. right; left.
      apply in_concat; eauto. }
    assert (SE : forall (x : input) st0, In st0 (map (map fst) states) -> forall g, PM.find (fst x) (ctm s) = Some g ->
              seen o (ctm s) E x st0 = gradient_seen o f s e x st0).
    { intros x st0 Hst g Hg. unfold seen, gradient_seen, gradient. fold E. rewrite Hg, (ES st0) by auto. auto. }
    assert (SN : forall (x : input) st0, PM.find (fst x) (ctm s) = None -> seen o (ctm s) E x st0 = tz).
    { intros x st0 Fx. unfold seen. rewrite Fx. auto. }
    assert (SQ : forall (x : input) st0, In st0 (map (map fst) states) ->
              (let g := seen o (ctm s) E x st0 in dotp (snd (in_type x)) g g)
              = match PM.find (fst x) (ctm s) with
                | Some _ => let g := gradient_seen o f s e x st0 in dotp (snd (in_type x)) g g
                | None => 0
                end).
    { intros x st0 Hst. destruct (PM.find (fst x) (ctm s)) as [g|] eqn:Fx.
      - rewrite (SE x st0 Hst g Fx). auto.
      - rewrite (SN x st0 Fx). apply dotp_0_l. }
    assert (NV : sqrt (seen_squares o (ctm s) E (f_params f) (map (map fst) states))
                 = global_norm o f s e (map (map fst) states)).
    { unfold global_norm, seen_squares. f_equal. apply sum_ext. intros [x st0] Hx.
      apply (SQ x st0 (in_combine_r _ _ _ _ Hx)). }
    rewrite NV in U2.
    eapply all_updated_weaken; [|exact U2]. intros x st0 u Hx Hst P. unfold optimized, stepped in *.
    destruct (PM.find (fst x) (ctm s)) as [g|] eqn:Fx; rewrite (EX x), (ES st0) in P by auto; auto.
    rewrite (SE x st0 Hst g Fx) in P. exact P.
Qed.
