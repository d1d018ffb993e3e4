(* What a certificate of a gradient function means. If function_text and gradient_text give two texts, then
   the second is that of a program which returns, over the reals and for all arguments, the results of the
   first one, and the gradient of its first result by the parameters. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Print.Module
  Ops.Create Ops.Op Ops.Curve Ops.OpProof Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Backward
  Autodiff.Gradient Composite.Lower Composite.LowerProof
  Optim.OptimizerProof Optim.TrainStep Optim.TrainStepProof Optim.Exact
  Certificate.Certificate Certificate.Smooth Certificate.SmoothProof Certificate.GradientFunction
  Certificate.Theorem.
Import ListNotations.
Open Scope R_scope.

(* The gradient function d computes the gradient of the program n's first result, and all its results. *)
Definition is_gradient_function (n : network) (d : differentiated) : Prop :=
  f_params (d_forward d) = params_of n
  /\ forall e,
     is_gradient (d_forward d) e (gradient (d_forward d) (d_walk d) e)
     /\ reval (d_function d) e (net_loss n) [] = loss (d_forward d) e
     /\ (forall r, In r (function_results n) -> reval (d_program d) e r = reval (d_function d) e r)
     /\ Forall2 (fun x g => same_on (snd (in_type x)) (reval (d_program d) e g)
                              (gradient (d_forward d) (d_walk d) e (fst x)))
          (f_params (d_forward d)) (d_gradients d).

(* A constant keeps its value. *)
Lemma wf_constant p : forall G G' e i, wf G p = Some G' -> In i p -> args i = [] ->
  reval p e (res i) = sem Rscal (iop i) (ats i) (rty i) [].
Proof.
  induction p as [|j p IH]; simpl; intros G G' e i W H A; [tauto|].
  destruct (wf1 G j); [|discriminate]. destruct H as [->|H].
  - rewrite (wf_frame p _ _ (rstep e i) (res i) W) by (rewrite PM.gss; discriminate).
    unfold step. rewrite upd_eq, A. auto.
  - eapply IH; eauto.
Qed.

(* Every parameter's gradient is its cotangent, or zeros. *)
Lemma gradients_of_spec m params : forall n gs next zeros, gradients_of m params n = (gs, next, zeros) ->
  Forall2 (fun (x : input) g =>
    match PM.find (fst x) m with Some c => g = c | None => In (zero_of g x) zeros end) params gs.
Proof.
  induction params as [|x params IH]; simpl; intros n gs next zeros H.
  - injection H as <- _ _. constructor.
  - destruct (PM.find (fst x) m) eqn:F.
    + destruct (gradients_of m params n) as [[gs1 n1] z1] eqn:E. injection H as <- _ <-.
      constructor; [rewrite F; auto|eapply IH; eauto].
    + destruct (gradients_of m params (Pos.succ n)) as [[gs1 n1] z1] eqn:E. injection H as <- _ <-.
      constructor; [rewrite F; simpl; auto|].
      apply IH in E. clear - E. induction E; constructor; auto.
      destruct (PM.find (fst x0) m); simpl; auto.
Qed.

(* What below_all checks. *)
Lemma below_all_spec n p l : below_all n p l = true ->
  Forall (below n) p /\ forall x, In x l -> (x < n)%positive.
Proof.
  unfold below_all. rewrite andb_true_iff, !forallb_forall. intros (B & L). split.
  - apply Forall_forall. intros i Hi. apply B, andb_prop in Hi as [B1 B2].
    split. apply Pos.ltb_lt; auto. intros a Ha. rewrite forallb_forall in B2. apply Pos.ltb_lt; auto.
  - intros x Hx. apply Pos.ltb_lt; auto.
Qed.

(* The value of a zero. *)
Lemma zero_is_zero s t : same_on s (sem Rscal (Constant t [Dec 0 0]) [] (fst t, s) []) tz.
Proof.
  intros i Hi. unfold sem. cbn [snd]. rewrite tab_in by auto. simpl. unfold sem_decimal, tz. simpl. lra.
Qed.

(* What differentiate returns is a gradient function. *)
Theorem differentiate_correct n order d : differentiate n order = inl d -> is_gradient_function n d.
Proof.
  unfold differentiate. destruct (elaborated n) as [f|] eqn:EL; [|discriminate].
  destruct (forward_ok f) eqn:OK; [|discriminate].
  destruct (backward f) as [s|] eqn:BW; [|discriminate].
  set (arguments := in_order order _).
  destruct (gradients_of (ctm s) (f_params f) (nxt s)) as [[gs next] zeros] eqn:GR.
  destruct (gradient_ok n f s arguments zeros) eqn:GO; [|discriminate].
  set (p := (f_prog f ++ rev (code s)) ++ zeros).
  destruct (lower next p) as [q m] eqn:LQ. destruct (lower (f_next f) (f_prog f)) as [r m'] eqn:LR.
  cbn [fst andb]. destruct (below_all next p (gs ++ function_results n)) eqn:BP; [|discriminate].
  destruct (below_all (f_next f) (f_prog f) (function_results n)) eqn:BF; [|discriminate].
  destruct (well_formed _ q); [|discriminate]. destruct (well_formed _ r); [|discriminate].
  intros H; injection H as <-. unfold is_gradient_function.
  cbn [d_forward d_walk d_gradients d_function d_program].
  apply below_all_spec in BP as (BP & LP). apply below_all_spec in BF as (BF & LF).
  unfold gradient_ok in GO.
  destruct (wf (add_inputs arguments (PM.empty ty)) (f_prog f)) as [G1|] eqn:W1; [|discriminate].
  apply andb_prop in GO as [DR GO]. destruct (wf G1 (rev (code s))) as [G2|] eqn:W2; [|discriminate].
  apply andb_prop in GO as [DG W3]. unfold well_formed in W3.
  destruct (wf G2 zeros) as [G3|] eqn:W3'; [|discriminate].
  rewrite forallb_forall in DR, DG.
  assert (TF : Forall typed (f_prog f)) by (eapply wf_typed; eauto).
  assert (TP : Forall typed p).
  { unfold p. repeat (apply Forall_app; split); auto; eapply wf_typed; eauto. }
  assert (FQ : forall e x, (x < next)%positive -> reval q e x = reval p e x).
  { intros e x Hx. eapply lower_correct; eauto. }
  assert (FR : forall e x, (x < f_next f)%positive -> reval r e x = reval (f_prog f) e x).
  { intros e x Hx. eapply lower_correct; eauto. }
  assert (DF : forall G x, defined G x = true -> PM.find x G <> None).
  { intros G x D E. unfold defined in D. rewrite E in D. discriminate. }
  assert (LE : f_loss f = net_loss n /\ f_params f = params_of n).
  { unfold elaborated in EL. destruct (elaborate _ _ _) as [[[? ?] ?]|]; [|discriminate].
    injection EL as <-. auto. }
  destruct LE as (LE & PE). split; auto. intros e.
  assert (LO : In (net_loss n) (function_results n)) by (simpl; auto).
  split; [|split; [|split]].
  - intros curve d SC ST SM. eapply reverse_mode_exact; eauto. eapply conditions_suffice; eauto.
  - rewrite FR by auto. unfold loss. rewrite LE. auto.
  - intros x Hx. rewrite FQ by (apply LP, in_app_iff; auto). rewrite FR by auto.
    unfold p. rewrite eval_app, (wf_frame _ _ _ _ _ W3').
    + rewrite eval_app. apply (wf_frame _ _ _ _ _ W2); auto.
    + apply (wf_keeps _ _ _ _ W2); auto.
  - pose proof (gradients_of_spec _ _ _ _ _ _ GR) as GS.
    assert (LG : forall g, In g gs -> (g < next)%positive) by (intros; apply LP, in_app_iff; auto).
    clear - GS LG DG DF FQ W3'. revert DG GS. generalize (f_params f). intros params DG GS.
    revert LG DG. induction GS as [|x g ps gs' H GS IH]; intros LG DG; constructor.
    + rewrite FQ by (apply LG; left; reflexivity). unfold p. rewrite eval_app. unfold gradient.
      specialize (DG x (or_introl eq_refl)). destruct (PM.find (fst x) (ctm s)) as [c|].
      * subst g. rewrite (wf_frame _ _ _ _ _ W3') by (apply DF; exact DG). intros i _; auto.
      * pose proof (wf_constant _ _ _ (reval (f_prog f ++ rev (code s)) e) _ W3' H eq_refl) as Z.
        simpl in Z. rewrite Z. destruct (in_type x) as [el sh] eqn:TX. apply (zero_is_zero sh (el, sh)).
    + apply IH.
      * intros g' Hg. apply LG. right; auto.
      * intros y Hy. apply DG. right; auto.
Qed.

(* The theorem behind every certificate of a gradient function. *)
Theorem gradient_certificate_sound n order function text :
  function_text n order = Some function -> gradient_text n order = Some text ->
  exists d, is_gradient_function n d
    /\ print_module (net_name n) (d_args d) (function_results n) (d_function d) = Some function
    /\ print_module (net_name n) (d_args d) (gradient_results n d) (d_program d) = Some text.
Proof.
  unfold function_text, gradient_text. destruct (differentiate n order) as [d|] eqn:D; [|discriminate].
  intros F T. exists d. split; [eapply differentiate_correct; eauto|auto].
Qed.
