(* What a certificate means. If step_text n o = Some text, then the text is that of a program which
   computes, over the reals, the loss and the metrics of the forward graph, and updates every parameter
   as the optimizer says, with a gradient that is the derivative of the loss along every direction. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Print.Module Ops.Op Ops.Curve
  Ops.OpProof Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Backward Autodiff.Gradient
  Composite.Lower Composite.LowerProof
  Optim.Optimizer Optim.OptimizerProof Optim.TrainStep Optim.TrainStepProof Optim.UpdatesProof Optim.Exact
  Certificate.Certificate Certificate.Smooth Certificate.SmoothProof.
Import ListNotations.
Open Scope R_scope.

(* g is the gradient of the loss at e: along every differentiable curve through e on which the parameters
   move with tangent d, and in whose direction the open side conditions hold, the loss has derivative
   <g, d>. A network without kinks has no open conditions. *)
Definition is_gradient (f : forward) (e : renv) (g : positive -> tensor) : Prop :=
  forall curve d, smooth_curve f e curve d -> (forall x, mem (f_active f) x = false -> d x = tz) ->
  conditions_at f e d ->
  Der (fun t => loss f (curve t))
      (Sum (fun x => dotp (snd (in_type x)) (g (fst x)) (d (fst x))) (f_params f)).

(* The program q computes the train step of the forward graph f with the optimizer o. *)
Definition is_train_step (n : network) (o : optimizer) (c : certified) : Prop :=
  forall e, is_gradient (c_forward c) e (gradient (c_forward c) (c_walk c) e)
  /\ step_computes n (c_forward c) (c_walk c) o (c_step c) e (reval (c_program c) e).

(* In a well-formed program every instruction has its inferred type. *)
Lemma wf_typed p : forall G G', wf G p = Some G' -> Forall typed p.
Proof.
  induction p as [|i p IH]; simpl; intros G G' W; constructor.
  - unfold wf1 in W. destruct (PM.find (res i) G); [discriminate|].
    destruct (all2 (has_ty G) (args i) (ats i)); [|discriminate]. simpl in W.
    unfold is_ty in W. unfold typed. destruct (infer (iop i) (ats i)) as [t|]; [|discriminate].
    destruct (ty_eqb t (rty i)) eqn:E; [|discriminate]. apply ty_eqb_eq in E; subst; auto.
  - destruct (wf1 G i); [|discriminate]. eapply IH; eauto.
Qed.
(* What is claimed of every update may be weakened. *)
Lemma all_updated_in (P Q : input -> list positive -> updated -> Prop) xs sts us :
  (forall x st u, In u us -> P x st u -> Q x st u) -> all_updated P xs sts us -> all_updated Q xs sts us.
Proof.
  intros H A. induction A; constructor; [apply H; simpl; auto|]. apply IHA. intros; apply H; simpl; auto.
Qed.

(* A lowered program that agrees with the step on the results computes the same. *)
Lemma step_computes_agree n f s o st e e1 e2 : (forall r, In r (s_results st) -> e2 r = e1 r) ->
  step_computes n f s o st e e1 -> step_computes n f s o st e e2.
Proof.
  intros AG (states & scalars & us & A1 & AN & A2 & A3 & A4). exists states, scalars, us.
  rewrite A2 in AG. do 3 (split; [auto|]). split.
  - eapply all_updated_in; [|exact A3]. intros x st0 u Hu H. unfold stepped in *.
    assert (M : map e2 (snd u) = map e1 (snd u)).
    { apply map_ext_in. intros y Hy. apply AG, in_app_iff; right. apply in_app_iff; left.
      apply in_concat. exists (snd u). split; auto. apply in_map; auto. }
    rewrite M, (AG (fst u)). auto. apply in_app_iff; left. apply in_map; auto.
  - intros r Hr. rewrite AG; auto. apply in_app_iff; right. apply in_app_iff; auto.
Qed.

(* What certify returns is a train step. *)
Theorem certify_correct n o c : certify n o = inl c -> is_train_step n o c.
Proof.
  unfold certify. destruct (elaborated n) as [f|] eqn:EL; [|discriminate].
  destruct (forward_ok f) eqn:OK; [|discriminate].
  destruct (backward f) as [s|] eqn:BW; [|discriminate].
  set (st := make_train_step n f s o). set (p := step_prog f st).
  destruct (lower (s_next st) p) as [q m] eqn:LO. simpl.
  destruct (step_ok n f s st) eqn:SO; [|discriminate]. simpl.
  destruct (ids_below (s_next st) st p) eqn:IB; [|discriminate]. simpl.
  destruct (wf (add_inputs (s_args st) (PM.empty ty)) q) eqn:W; [|discriminate].
  intros H; injection H as <-. intros e. cbn [c_forward c_walk c_step c_program]. split.
  - intros curve d SC ST SM. eapply reverse_mode_exact; eauto. eapply conditions_suffice; eauto.
  - pose proof (train_step_exact n f s o SO e) as TE. fold st p in TE.
    unfold ids_below in IB. rewrite !andb_true_iff, !forallb_forall in IB. destruct IB as ((_ & I2) & I3).
    assert (TY : Forall typed p).
    { unfold step_ok in SO.
      destruct (wf (add_inputs (s_args st) (PM.empty ty)) (f_prog f)) as [G1|] eqn:W1; [|discriminate].
      rewrite !andb_true_iff in SO. destruct SO as (((_ & SO) & _) & _).
      destruct (wf G1 (s_tail st)) eqn:W2; [|discriminate]. unfold p, step_prog.
      apply Forall_app; split; eapply wf_typed; eauto. }
    assert (BE : Forall (below (s_next st)) p).
    { apply Forall_forall. intros i Hi. specialize (I2 i Hi). apply andb_prop in I2 as [B1 B2].
      split. apply Pos.ltb_lt; auto. intros a Ha. rewrite forallb_forall in B2. apply Pos.ltb_lt; auto. }
    eapply step_computes_agree; [|exact TE]. intros r Hr.
    apply (lower_correct (s_next st) p q m e LO TY BE). apply Pos.ltb_lt. auto.
Qed.

(* The theorem behind every certificate. *)
Theorem certificate_sound n o text : step_text n o = Some text ->
  exists c, is_train_step n o c
    /\ print_module (net_name n) (s_args (c_step c)) (s_results (c_step c)) (c_program c) = Some text.
Proof.
  unfold step_text. destruct (certify n o) as [c|] eqn:C; [|discriminate]. intros T.
  exists c. split; auto. apply certify_correct; auto.
Qed.

(* Of a network without kinks: at every point, in every direction. *)
Definition is_gradient_everywhere (f : forward) (g : renv -> positive -> tensor) : Prop :=
  forall e curve d, smooth_curve f e curve d -> (forall x, mem (f_active f) x = false -> d x = tz) ->
  Der (fun t => loss f (curve t))
      (Sum (fun x => dotp (snd (in_type x)) (g e (fst x)) (d (fst x))) (f_params f)).
Theorem smooth_certified n o c : is_train_step n o c -> smooth (c_forward c) = true ->
  is_gradient_everywhere (c_forward c) (gradient (c_forward c) (c_walk c)).
Proof. intros T SM e curve d SC ST. apply (T e); auto. apply no_conditions; auto. Qed.
