(* The reverse walk computes the derivative along every differentiable curve, for every program: the one
   theorem behind all certificates. It uses of the ops only what Ops/Curve.v states, and that a value compared
   with itself has one answer. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia FunctionalExtensionality.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.OpProof Ops.CompareProof
  Autodiff.Prog Autodiff.Walk Autodiff.Network.
Import ListNotations.
Open Scope R_scope.

Notation renv := (env R).
Notation rstep := (step Rscal).
Notation reval := (eval Rscal).

(* Lists related one by one have one length. *)
Lemma Forall2_length {X Y} (P : X -> Y -> Prop) l m : Forall2 P l m -> length l = length m.
Proof. induction 1; simpl; auto. Qed.

Section Forward.
(* The values' types; which of them depend on a parameter; which of them the loss depends on. *)
Variable Gm : positive -> ty.
Variables act cone : positive -> bool.

(* The tangent of a value that depends on no parameter is zero. *)
Definition tangent (e d : renv) (i : instr) : tensor :=
  if act (res i) then tab Rscal (snd (rty i)) (jvp (iop i) (ats i) (rty i) (map e (args i)) (map d (args i)))
  else tz.
Definition jstep (ed : renv * renv) (i : instr) : renv * renv :=
  (rstep (fst ed) i, upd (snd ed) (res i) (tangent (fst ed) (snd ed) i)).
Definition jeval (p : prog) (ed : renv * renv) := fold_left jstep p ed.

(* The collected side conditions at the point e, in the direction d: of the instructions that the loss
   depends on, if they have any. *)
Fixpoint okP (p : prog) (e d : renv) : Prop :=
  match p with
  | [] => True
  | i :: p =>
      (cone (res i) = true -> conditional act i = true ->
       ok (iop i) (ats i) (rty i) (map e (args i)) (map d (args i)))
      /\ okP p (rstep e i) (snd (jstep (e, d) i))
  end.

(* Well-formedness as a proposition; V are the values defined so far. *)
Fixpoint wfP (V : list positive) (p : prog) : Prop :=
  match p with
  | [] => True
  | i :: p =>
      Forall2 (fun a t => In a V /\ Gm a = t) (args i) (ats i) /\ Gm (res i) = rty i /\ ~ In (res i) V
      /\ infer (iop i) (ats i) = Some (rty i)
      /\ act (res i) = tfloat (rty i) && existsb act (args i)
      /\ (cone (res i) = true -> forall a, In a (args i) -> cone a = true)
      /\ wfP (res i :: V) p
  end.
Fixpoint defs (V : list positive) (p : prog) : list positive :=
  match p with [] => V | i :: p => defs (res i :: V) p end.
(* What is defined stays defined, *)
Lemma defs_in V p x : In x V -> In x (defs V p).
Proof. revert V; induction p; simpl; intros; auto. apply IHp; simpl; auto. Qed.

(* and keeps its value *)
Lemma eval_frame p V e x : wfP V p -> In x V -> reval p e x = e x.
Proof.
  revert V e; induction p as [|i p IH]; simpl; intros V e W H; auto.
  destruct W as (_ & _ & N & _ & _ & _ & W). rewrite (IH (res i :: V)); simpl; auto.
  apply upd_neq. intros <-; auto.
Qed.
(* and its tangent. *)
Lemma jeval_frame p V ed x : wfP V p -> In x V -> snd (jeval p ed) x = snd ed x.
Proof.
  revert V ed; induction p as [|i p IH]; simpl; intros V e W H; auto.
  destruct W as (_ & _ & N & _ & _ & _ & W). rewrite (IH (res i :: V)); simpl; auto.
  apply upd_neq. intros <-; auto.
Qed.
(* Tangents are computed beside the values. *)
Lemma jeval_fst p ed : fst (jeval p ed) = reval p (fst ed).
Proof. revert ed; induction p as [|i p IH]; intros ed; [reflexivity|]. exact (IH (jstep ed i)). Qed.

(* What a value does along a curve: it moves with tangent d, or it is locally constant. *)
Definition follows (x : positive) (g : R -> tensor) (d : tensor) : Prop :=
  if act x then forall o, Der (fun t => g t o) (d o)
  else d = tz /\ near (fun t => g t = g 0).

(* If every g x is locally constant, so is the list of them. *)
Lemma near_map {X} (l : list X) (g : R -> X -> tensor) :
  (forall x, In x l -> near (fun t => g t x = g 0 x)) -> near (fun t => map (g t) l = map (g 0) l).
Proof.
  intros H. generalize (near_list (fun x t => g t x = g 0 x) l H). apply near_imp.
  intros t Ht. apply map_ext_in; auto.
Qed.
(* f holds of none. *)
Lemma existsb_none {X} (f : X -> bool) l : existsb f l = false -> forall x, In x l -> f x = false.
Proof.
  intros H x Hx. destruct (f x) eqn:E; auto. rewrite <- H. symmetry. apply existsb_exists; eauto.
Qed.

(* A value compared with itself: a truth value, the same whatever the value is. *)
Lemma compares_itself_still i e e' : infer (iop i) (ats i) = Some (rty i) -> compares_itself i = true ->
  tfloat (rty i) = false
  /\ sem Rscal (iop i) (ats i) (rty i) (map e (args i)) = sem Rscal (iop i) (ats i) (rty i) (map e' (args i)).
Proof.
  unfold compares_itself, same_args. intros T H. destruct (iop i); try discriminate.
  destruct (args i) as [|a [|b [|]]]; try discriminate. apply Pos.eqb_eq in H as <-.
  split; [eapply compare_bool; eauto|apply compare_itself].
Qed.

(* One instruction carries what its operands do to what its result does. *)
Lemma step_follows V i (g : R -> renv) d :
  Forall2 (fun a t => In a V /\ Gm a = t) (args i) (ats i) ->
  infer (iop i) (ats i) = Some (rty i) -> act (res i) = tfloat (rty i) && existsb act (args i) ->
  (forall x, In x V -> act x = true -> tfloat (Gm x) = true) ->
  (existsb act (args i) && negb (compares_itself i) = true ->
   ok (iop i) (ats i) (rty i) (map (g 0) (args i)) (map d (args i))) ->
  (forall a, In a (args i) -> follows a (fun t => g t a) (d a)) ->
  follows (res i) (fun t => rstep (g t) i (res i)) (tangent (g 0) d i).
Proof.
  intros A T AC FL K H.
  assert (S : forall t, rstep (g t) i (res i) = sem Rscal (iop i) (ats i) (rty i) (map (g t) (args i)))
    by (intros; unfold step; apply upd_eq).
  unfold follows, tangent. destruct (existsb act (args i)) eqn:E.
  2:{ rewrite andb_false_r in AC. rewrite AC. split; auto.
      pose proof (existsb_none _ _ E) as NA.
      assert (N : near (fun t => map (g t) (args i) = map (g 0) (args i))).
      { apply near_map. intros a Ha. specialize (H a Ha). unfold follows in H.
        rewrite (NA a Ha) in H. tauto. }
      revert N; apply near_imp. intros t Ht. rewrite !S, Ht; auto. }
  rewrite andb_true_r in AC. destruct (compares_itself i) eqn:CI.
  { destruct (compares_itself_still i (g 0) (g 0) T CI) as [F _]. rewrite AC, F. split; auto.
    apply near_true. intros t. rewrite !S. apply compares_itself_still; auto. }
  specialize (K eq_refl).
  set (gs := map (fun a t => g t a) (args i)). set (ds := map d (args i)).
  assert (AT : forall t, at_ gs t = map (g t) (args i)) by (intros; unfold at_, gs; rewrite map_map; auto).
  assert (M : moves_all (ats i) gs ds).
  { unfold gs, ds. clear - A FL H. revert H. induction A as [|a t aa ts [Ha <-] A IH]; simpl; intros H; auto.
    split; [|apply IH; auto]. specialize (H a (or_introl eq_refl)). unfold follows in H. unfold moves.
    destruct (act a) eqn:E. rewrite (FL a Ha E). auto.
    destruct H as [-> N]. destruct (tfloat (Gm a)); [|split; auto].
    intros o. apply Der_const_near. revert N; apply near_imp. intros t Ht. rewrite Ht; auto. }
  rewrite <- AT in K. rewrite AC. destruct (tfloat (rty i)) eqn:TF.
  - intros o. rewrite tab_spec. destruct (inb (snd (rty i)) o) eqn:IN.
    + apply Der_ext with (f := fun t => sem0 Rscal (iop i) (ats i) (rty i) (at_ gs t) o).
      * intros t. rewrite S, sem_in, AT; auto.
      * rewrite <- AT. apply op_deriv; auto.
    + apply Der_ext with (f := fun _ => 0); [|apply Der_const].
      intros t. rewrite S. unfold sem. rewrite tab_spec, IN; auto.
  - split; auto.
    assert (N : near (fun t => tab Rscal (snd (rty i)) (sem0 Rscal (iop i) (ats i) (rty i) (at_ gs t))
                             = tab Rscal (snd (rty i)) (sem0 Rscal (iop i) (ats i) (rty i) (at_ gs 0)))).
    { apply (near_tab (snd (rty i)) (fun t => sem0 Rscal (iop i) (ats i) (rty i) (at_ gs t))).
      intros o Ho. eapply op_const; eauto. }
    revert N; apply near_imp. intros t Ht. rewrite !S. unfold sem. rewrite <- !AT. auto.
Qed.

(* Every program carries differentiable curves to differentiable curves (chain rule, forwards). *)
Theorem forward_sound p : forall V (g : R -> renv) d,
  wfP V p -> okP p (g 0) d ->
  (forall x, In x V -> act x = true -> tfloat (Gm x) = true) ->
  (forall x, In x V -> cone x = true -> follows x (fun t => g t x) (d x)) ->
  forall x, In x (defs V p) -> cone x = true ->
  follows x (fun t => reval p (g t) x) (snd (jeval p (g 0, d)) x).
Proof.
  induction p as [|i p IH]; simpl; intros V g d W K FL H x Hx Cx; auto.
  destruct W as (A & T & N & D & AC & CL & W). destruct K as (K1 & K2).
  refine (IH (res i :: V) (fun t => rstep (g t) i) (snd (jstep (g 0, d) i)) W K2 _ _ x Hx Cx).
  - intros y [<-|Hy] Ay; auto. rewrite AC in Ay. apply andb_prop in Ay as [Ay _]. rewrite T; auto.
  - intros y [<-|Hy] Cy.
    + simpl. rewrite upd_eq. eapply step_follows; eauto.
      { intros EA. apply andb_prop in EA as [EA CI]. apply K1; auto. unfold conditional. rewrite EA, CI; auto. }
      intros a Ha. apply H; auto.
      clear - A Ha. induction A as [|b t aa ts [P _] A IH]; simpl in *; [tauto|]. destruct Ha; subst; auto.
    + assert (NE : res i <> y) by (intros <-; auto). specialize (H y Hy Cy). simpl. rewrite upd_neq by auto.
      unfold follows in *. destruct (act y).
      * intros o. eapply Der_ext; [|apply H]. intros t; simpl. unfold step. rewrite upd_neq; auto.
      * destruct H as [H1 H2]; split; auto. revert H2; apply near_imp. intros t Ht.
        unfold step. rewrite !upd_neq; auto.
Qed.

(* Values that depend on no parameter have tangent zero. *)
Lemma tangents_still p : forall V e d, wfP V p -> (forall x, In x V -> act x = false -> d x = tz) ->
  forall x, In x (defs V p) -> act x = false -> snd (jeval p (e, d)) x = tz.
Proof.
  induction p as [|i p IH]; simpl; intros V e d W H x Hx Ax; auto.
  destruct W as (_ & _ & N & _ & _ & _ & W). apply (IH (res i :: V)); auto.
  intros y [<-|Hy] Ay.
  - rewrite upd_eq. unfold tangent. simpl. rewrite Ay; auto.
  - rewrite upd_neq by (intros <-; auto). auto.
Qed.
(* Values that depend on a parameter are floating-point. *)
Lemma defs_act p : forall V, wfP V p -> (forall x, In x V -> act x = true -> tfloat (Gm x) = true) ->
  forall x, In x (defs V p) -> act x = true -> tfloat (Gm x) = true.
Proof.
  induction p as [|i p IH]; simpl; intros V W H x Hx Ax; auto.
  destruct W as (_ & T & _ & _ & AC & _ & W). apply (IH (res i :: V) W); auto.
  intros y [<-|Hy] Ay; auto. rewrite AC in Ay. apply andb_prop in Ay as [Ay _]. rewrite T; auto.
Qed.
End Forward.
