(* Curves: derivatives at 0 of real functions of one variable, the three rules of backpropagation, and
   what it means for an op to carry differentiable curves to differentiable curves. *)
From Coq Require Import Reals ZArith List Bool Lra Lia FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op.
Import ListNotations.
Open Scope R_scope.

Definition Der (f : R -> R) (l : R) : Prop := is_derive f 0 l.
Definition near (P : R -> Prop) : Prop := locally 0 P.
Lemma near_and (P Q : R -> Prop) : near P -> near Q -> near (fun t => P t /\ Q t).
Proof. apply filter_and. Qed.
Lemma near_imp (P Q : R -> Prop) : (forall t, P t -> Q t) -> near P -> near Q.
Proof. apply filter_imp. Qed.
Lemma near_true (P : R -> Prop) : (forall t, P t) -> near P.
Proof. intros; apply filter_forall; auto. Qed.
Lemma near_list {X} (P : X -> R -> Prop) l :
  (forall x, In x l -> near (P x)) -> near (fun t => forall x, In x l -> P x t).
Proof.
  induction l; intros H. apply near_true; simpl; tauto.
  assert (A1 : near (P a)) by (apply H; simpl; auto).
  assert (A2 : near (fun t => forall x, In x l -> P x t)) by (apply IHl; intros; apply H; simpl; auto).
  generalize (near_and _ _ A1 A2). apply near_imp. simpl. intros t [? ?] x [->|?]; auto.
Qed.
Lemma Der_ext_near f g l : near (fun t => f t = g t) -> Der f l -> Der g l.
Proof. apply (is_derive_ext_loc f g 0 l). Qed.
Lemma Der_ext f g l : (forall t, f t = g t) -> Der f l -> Der g l.
Proof. intros H; apply Der_ext_near, near_true; auto. Qed.
Lemma Der_eq f l l' : Der f l -> l = l' -> Der f l'.
Proof. intros; subst; auto. Qed.
Lemma Der_const c : Der (fun _ => c) 0.
Proof. apply (is_derive_const (K := R_AbsRing) (V := R_NormedModule) c 0). Qed.
Lemma Der_const_near f : near (fun t => f t = f 0) -> Der f 0.
Proof. intros H. apply Der_ext_near with (f := fun _ => f 0); [|apply Der_const].
  revert H; apply near_imp; auto. Qed.
Lemma Der_near_lt f g a b : Der f a -> Der g b -> f 0 < g 0 -> near (fun t => f t < g t).
Proof.
  intros Hf Hg H.
  assert (C : continuous (fun t => minus (g t) (f t)) 0).
  { apply (ex_derive_continuous (fun t => minus (g t) (f t)) 0). exists (minus b a).
    exact (is_derive_minus g f 0 b a Hg Hf). }
  assert (L : locally (minus (g 0) (f 0)) (fun y => 0 < y)).
  { apply (open_gt 0). unfold minus, plus, opp; simpl. lra. }
  specialize (C _ L). revert C. unfold filtermap. apply near_imp.
  unfold minus, plus, opp; simpl. intros; lra.
Qed.

(* ---- three composition rules ---- *)
Theorem chain_rule (f : R -> R) (g : R -> R) df dg :
  is_derive f (g 0) df -> Der g dg -> Der (fun t => f (g t)) (df * dg).
Proof. intros Hf Hg. eapply Der_eq. apply (is_derive_comp f g 0 df dg Hf Hg).
  unfold scal; simpl; unfold mult; simpl; lra. Qed.
Theorem additive_fan_in f g df dg : Der f df -> Der g dg -> Der (fun t => f t + g t) (df + dg).
Proof. intros Hf Hg. apply (is_derive_plus f g 0 df dg Hf Hg). Qed.
Theorem product_rule f g df dg : Der f df -> Der g dg -> Der (fun t => f t * g t) (df * g 0 + f 0 * dg).
Proof. intros Hf Hg. apply (is_derive_mult f g 0 df dg Hf Hg). intros; apply Rmult_comm. Qed.

Lemma Der_opp f df : Der f df -> Der (fun t => - f t) (- df).
Proof. intros Hf. apply (is_derive_opp f 0 df Hf). Qed.
Lemma Der_minus f g df dg : Der f df -> Der g dg -> Der (fun t => f t - g t) (df - dg).
Proof. intros Hf Hg. apply (is_derive_minus f g 0 df dg Hf Hg). Qed.
Lemma Der_scal c f df : Der f df -> Der (fun t => c * f t) (c * df).
Proof. intros Hf. eapply Der_eq. apply (product_rule (fun _ => c) f 0 df (Der_const c) Hf). lra. Qed.
Lemma Der_exp f df : Der f df -> Der (fun t => exp (f t)) (exp (f 0) * df).
Proof. intros Hf. apply (chain_rule exp f); auto. apply is_derive_exp. Qed.
Lemma Der_ln f df : 0 < f 0 -> Der f df -> Der (fun t => ln (f t)) (df / f 0).
Proof.
  intros P Hf. eapply Der_eq. apply (chain_rule ln f (/ f 0) df); auto. apply is_derive_ln; auto.
  unfold Rdiv; lra.
Qed.
Lemma Der_inv f df : f 0 <> 0 -> Der f df -> Der (fun t => / f t) (- df / (f 0) ^ 2).
Proof. intros P Hf. apply (is_derive_inv f 0 df Hf P). Qed.
Lemma Der_div f g df dg : g 0 <> 0 -> Der f df -> Der g dg ->
  Der (fun t => f t / g t) ((df - f 0 / g 0 * dg) / g 0).
Proof.
  intros P Hf Hg. eapply Der_eq. apply (is_derive_div f g 0 df dg Hf Hg P). field; auto.
Qed.
Lemma Der_sum {X} (f : X -> R -> R) (d : X -> R) l :
  (forall x, In x l -> Der (f x) (d x)) -> Der (fun t => Sum (fun x => f x t) l) (Sum d l).
Proof.
  induction l; simpl; intros H. apply Der_const. apply additive_fan_in; auto.
Qed.

(* Selection among finitely many branches that agree to first order is differentiable. *)
Lemma Der_select {X} (l : list X) (f : X -> R -> R) (phi : R -> R) c d :
  (forall j, In j l -> f j 0 = c /\ Der (f j) d) -> phi 0 = c ->
  near (fun t => exists j, In j l /\ phi t = f j t) -> Der phi d.
Proof.
  intros H P0 N. apply is_derive_Reals. intros eps He.
  assert (Q : near (fun t => forall j, In j l -> t <> 0 -> Rabs ((f j t - c) / t - d) < eps)).
  { apply near_list. intros j Hj. destruct (H j Hj) as [E D]. apply is_derive_Reals in D.
    destruct (D eps He) as [del Hd]. exists del. intros y Hy Hy0.
    assert (Rabs y < del).
    { revert Hy; unfold ball; simpl; unfold AbsRing_ball, abs, minus, plus, opp; simpl.
      rewrite Ropp_0, Rplus_0_r; auto. }
    specialize (Hd y Hy0 H0). rewrite Rplus_0_l, E in Hd. auto. }
  destruct (near_and _ _ N Q) as [del Hd]. exists del. intros h Hh0 Hh.
  destruct (Hd h) as ((j & Hj & E) & Q').
  { unfold ball; simpl; unfold AbsRing_ball, abs, minus, plus, opp; simpl. rewrite Ropp_0, Rplus_0_r; auto. }
  rewrite Rplus_0_l, P0, E. apply Q'; auto.
Qed.

(* ---- the largest of finitely many elements ---- *)
Lemma argmax_in l (x : tensor) i : argmax Rscal l x = Some i -> In i l.
Proof.
  destruct l as [|a l]; simpl; intros H; [discriminate|]. injection H as H.
  assert (G : forall m, In (fold_left (fun m j => if Rltb (x m) (x j) then j else m) l m) (m :: l)).
  { clear. induction l as [|b l IH]; simpl; auto. intros m. destruct (Rltb (x m) (x b)).
    - specialize (IH b). simpl in IH. tauto.
    - specialize (IH m). simpl in IH. tauto. }
  specialize (G a). rewrite H in G. auto.
Qed.
Lemma argmax_max l (x : tensor) i : argmax Rscal l x = Some i -> forall j, In j l -> x j <= x i.
Proof.
  destruct l as [|a l]; simpl; intros H; [discriminate|]. injection H as H.
  assert (G : forall m j, In j (m :: l) ->
    x j <= x (fold_left (fun m j => if Rltb (x m) (x j) then j else m) l m)).
  { clear. induction l as [|b l IH]; simpl; intros m j Hj.
    - destruct Hj as [->|[]]; lra.
    - destruct (Rltb (x m) (x b)) eqn:E.
      + apply Rltb_true in E. destruct Hj as [->|Hj].
        * apply Rle_trans with (x b). lra. apply IH; simpl; auto.
        * apply IH; simpl; auto.
      + apply Rltb_false in E. destruct Hj as [->|[->|Hj]].
        * apply IH; simpl; auto.
        * apply Rle_trans with (x m). lra. apply IH; simpl; auto.
        * apply IH; simpl; auto. }
  rewrite <- H. apply G.
Qed.
Lemma argmax_unique l (x : tensor) i0 : In i0 l -> (forall j, In j l -> j <> i0 -> x j < x i0) ->
  argmax Rscal l x = Some i0.
Proof.
  intros Hi Hu. destruct (argmax Rscal l x) as [i|] eqn:E.
  - destruct (ieqb i i0) eqn:Q. apply ieqb_eq in Q; congruence.
    assert (i <> i0) by (intros ->; rewrite (proj2 (ieqb_eq _ _) eq_refl) in Q; discriminate).
    pose proof (Hu i (argmax_in _ _ _ E) H). pose proof (argmax_max _ _ _ E i0 Hi). lra.
  - destruct l; simpl in *; [tauto|discriminate].
Qed.

(* The first of the largest elements exceeds every earlier one. *)
Lemma argmax_first l (x : tensor) i : argmax Rscal l x = Some i ->
  exists l1 l2, l = l1 ++ i :: l2 /\ forall j, In j l1 -> x j < x i.
Proof.
  destruct l as [|a l]; simpl; intros H; [discriminate|]. injection H as H.
  assert (G : forall r p m, (forall j, In j p -> x j < x m) -> forall q, (forall j, In j q -> x j <= x m) ->
    fold_left (fun m j => if Rltb (x m) (x j) then j else m) r m = i ->
    exists l1 l2, p ++ m :: q ++ r = l1 ++ i :: l2 /\ forall j, In j l1 -> x j < x i).
  { clear. induction r as [|b r IH]; simpl; intros p m Hp q Hq E.
    - exists p, (q ++ []). subst. auto.
    - destruct (Rltb (x m) (x b)) eqn:L.
      + apply Rltb_true in L. destruct (IH (p ++ m :: q) b) with (q := @nil idx) as (l1 & l2 & E' & K); auto.
        * intros j Hj. apply in_app_iff in Hj as [Hj|[<-|Hj]]; auto.
          apply Rlt_trans with (x m); auto. apply Rle_lt_trans with (x m); auto.
        * simpl; tauto.
        * exists l1, l2. rewrite <- E', <- app_assoc. auto.
      + apply Rltb_false in L. destruct (IH p m Hp (q ++ [b])) as (l1 & l2 & E' & K); auto.
        * intros j Hj. apply in_app_iff in Hj as [Hj|[<-|[]]]; auto.
        * exists l1, l2. rewrite <- E', <- app_assoc. auto. }
  apply (G l [] a) with (q := @nil idx); simpl; tauto.
Qed.
Lemma argmax_some l (x : tensor) : l <> [] -> exists i, argmax Rscal l x = Some i.
Proof. destruct l; simpl; [tauto|eauto]. Qed.

(* Some element is largest, and whatever ties with it has the same tangent. *)
Definition largest_ok (l : list idx) (x dx : tensor) : Prop :=
  exists i0, In i0 l /\ forall j, In j l -> x j < x i0 \/ (x j = x i0 /\ dx j = dx i0).
(* The maximum's tangent is that of the first largest element: nearby, the largest is one of those that
   tie. *)
Lemma Der_largest l (g : R -> tensor) (d : tensor) :
  (forall j, Der (fun t => g t j) (d j)) -> largest_ok l (g 0) d ->
  Der (fun t => sem_reduction Rscal RMax l (g t))
      (match argmax Rscal l (g 0) with Some i => d i | None => 0 end).
Proof.
  intros Hg (i0 & I1 & I2). unfold sem_reduction.
  set (ties := filter (fun j => negb (Rltb (g 0 j) (g 0 i0))) l).
  assert (TI : forall j, In j ties -> In j l /\ g 0 j = g 0 i0 /\ d j = d i0).
  { intros j Hj. apply filter_In in Hj as [J1 J2]. apply negb_true_iff, Rltb_false in J2.
    destruct (I2 j J1) as [J|[J J']]; [lra|auto]. }
  assert (AM : forall x : tensor, (forall j, In j l -> g 0 j < g 0 i0 -> x j < x i0) ->
             exists j, argmax Rscal l x = Some j /\ In j ties).
  { intros x Hx. destruct (argmax Rscal l x) as [j|] eqn:Q.
    - exists j. split; auto. apply filter_In. split. eapply argmax_in; eauto.
      apply negb_true_iff, Rltb_false. destruct (Rlt_or_le (g 0 j) (g 0 i0)) as [E|E]; auto.
      pose proof (Hx j (argmax_in _ _ _ Q) E). pose proof (argmax_max _ _ _ Q i0 I1). lra.
    - destruct l; simpl in *; [tauto|discriminate]. }
  destruct (AM (g 0)) as (j0 & -> & J0); [auto|].
  apply (Der_select ties (fun j t => g t j) _ (g 0 i0)).
  - intros j Hj. destruct (TI j Hj) as (_ & E1 & E2). destruct (TI j0 J0) as (_ & _ & E3).
    split; auto. rewrite E3, <- E2. auto.
  - destruct (AM (g 0)) as (j1 & -> & J1); [auto|]. apply TI; auto.
  - assert (N : near (fun t => forall j, In j l -> g 0 j < g 0 i0 -> g t j < g t i0)).
    { apply near_list. intros j Hj. destruct (Rlt_or_le (g 0 j) (g 0 i0)) as [E|E].
      - generalize (Der_near_lt _ _ _ _ (Hg j) (Hg i0) E). apply near_imp; auto.
      - apply near_true. intros; lra. }
    revert N; apply near_imp; intros t N. destruct (AM (g t) N) as (j & -> & Hj). exists j; auto.
Qed.


(* ---- the logical relation ---- *)
(* A floating-point value moves differentiably with tangent d; an integer or a truth value is locally
   constant. *)
Definition moves (t : ty) (g : R -> tensor) (d : tensor) : Prop :=
  if tfloat t then forall i, Der (fun s => g s i) (d i)
  else d = (fun _ => 0) /\ near (fun s => g s = g 0).
Fixpoint moves_all (ts : list ty) (gs : list (R -> tensor)) (ds : list tensor) : Prop :=
  match ts, gs, ds with
  | t :: ts, g :: gs, d :: ds => moves t g d /\ moves_all ts gs ds
  | [], [], [] => True
  | _, _, _ => False
  end.
Definition at_ (gs : list (R -> tensor)) (s : R) : list tensor := map (fun g => g s) gs.

(* Locally constant: pointwise on a finite shape is enough. *)
Lemma near_tab s (g : R -> tensor) :
  (forall i, inb s i = true -> near (fun t => g t i = g 0 i)) ->
  near (fun t => tab Rscal s (g t) = tab Rscal s (g 0)).
Proof.
  intros H. generalize (near_list (fun i t => g t i = g 0 i) (indices s)
    (fun i Hi => H i (proj1 (in_indices s i) Hi))).
  apply near_imp. intros t Ht. apply functional_extensionality. intros i. rewrite !tab_spec.
  destruct (inb s i) eqn:E; auto. apply Ht, in_indices; auto.
Qed.
Lemma moves_float t g d : moves t g d -> forall i, Der (fun s => g s i) (d i).
Proof.
  unfold moves. destruct (tfloat t); auto. intros [-> N] i. apply Der_const_near.
  revert N; apply near_imp; intros s ->; auto.
Qed.
Lemma moves_near t g d : moves t g d -> tfloat t = false -> near (fun s => g s = g 0).
Proof. unfold moves. intros H E; rewrite E in H. tauto. Qed.

(* ---- what is to be proven of every op ---- *)
(* jvp0 is the op's derivative: its tangent at a result index from operands vs and their tangents ds;
   ok is the side condition under which the op is differentiable along ds. Both only matter for
   well-typed operands. *)
Definition jvp_fun := list ty -> ty -> list tensor -> list tensor -> tensor.
Definition ok_fun := list ty -> ty -> list tensor -> list tensor -> Prop.

(* <op>_deriv, for an op with a floating-point result *)
Definition deriv_spec (o : op) (jvp0 : jvp_fun) (ok : ok_fun) : Prop :=
  forall ats rt gs ds, infer o ats = Some rt -> tfloat rt = true -> moves_all ats gs ds ->
  ok ats rt (at_ gs 0) ds ->
  forall i, inb (snd rt) i = true ->
  Der (fun s => sem0 Rscal o ats rt (at_ gs s) i) (jvp0 ats rt (at_ gs 0) ds i).
(* <op>_deriv, for an op whose result is an integer or a truth value: it is locally constant *)
Definition const_spec (o : op) (ok : ok_fun) : Prop :=
  forall ats rt gs ds, infer o ats = Some rt -> tfloat rt = false -> moves_all ats gs ds ->
  ok ats rt (at_ gs 0) ds ->
  forall i, inb (snd rt) i = true ->
  near (fun s => sem0 Rscal o ats rt (at_ gs s) i = sem0 Rscal o ats rt (at_ gs 0) i).

(* The meaning of a template: the local environment grows by one value an instruction. *)
Definition tz : tensor := fun _ => 0.
Definition tstep (L : list tensor) (t : tinstr) : list tensor :=
  L ++ [sem Rscal (t_op t) (t_ats t) (t_rty t) (map (fun k => nth k L tz) (t_args t))].
Definition teval (tm : list tinstr) (L : list tensor) : list tensor := fold_left tstep tm L.
(* The sum of <contribution, tangent> over the operands that need a cotangent. *)
Fixpoint pairing (ats : list ty) (needs : list bool) (outs : list (option nat)) (ds L : list tensor) : R :=
  match ats, needs, outs, ds with
  | t :: ats, n :: needs, o :: outs, d :: ds =>
      (match n, o with true, Some k => dotp (snd t) (nth k L tz) d | _, _ => 0 end)
      + pairing ats needs outs ds L
  | _, _, _, _ => 0
  end.
(* Operands that need no cotangent do not move. *)
Definition still (needs : list bool) (ds : list tensor) : Prop :=
  forall k, nth k needs false = false -> nth k ds tz = tz.

(* <op>_vjp_correct: <cotangent, jvp> = sum of <contribution, tangent>, an adjoint identity *)
Definition vjp_spec (o : op) (jvp0 : jvp_fun) (ok : ok_fun) : Prop :=
  forall needs ats rt tm outs vs ds dy,
  infer o ats = Some rt -> tfloat rt = true -> vjp o needs ats rt = Some (tm, outs) ->
  length needs = length ats -> length vs = length ats -> length ds = length ats -> still needs ds ->
  ok ats rt vs ds ->
  pairing ats needs outs ds (teval tm (vs ++ [sem Rscal o ats rt vs; dy]))
  = dotp (snd rt) dy (jvp0 ats rt vs ds).

(* ---- small lemmas that the families share ---- *)
Lemma sem_in o ats rt vs i : inb (snd rt) i = true -> sem Rscal o ats rt vs i = sem0 Rscal o ats rt vs i.
Proof. intros H; unfold sem; rewrite tab_spec, H; auto. Qed.
Lemma still_nth needs ds k : still needs ds -> nth k needs false = false -> nth k ds tz = tz.
Proof. auto. Qed.
Lemma dotp_tz_r s a : dotp s a tz = 0.
Proof. unfold dotp, tz. rewrite (sum_ext _ (fun _ => 0)). apply sum_0. intros; lra. Qed.
(* Over an empty shape there is nothing to pair. *)
Lemma dotp_empty s a b : numel s = 0%Z -> dotp s a b = 0.
Proof. intros H. unfold dotp. rewrite indices_empty; auto. Qed.
Ltac inv H := inversion H; subst; clear H.
(* the hypothesis infer o ats = Some rt of a boolean typing rule: split into its conjuncts *)
Ltac typing H :=
  repeat match type of H with
  | match ?x with _ => _ end = Some _ => destruct x eqn:?; try discriminate H
  end;
  try (injection H as H; subst);
  repeat match goal with
  | E : (_ && _)%bool = true |- _ => apply andb_prop in E as [? ?]
  | E : ieqb _ _ = true |- _ => apply ieqb_eq in E; subst
  | E : elt_eqb _ _ = true |- _ => apply elt_eqb_eq in E; subst
  | E : ty_eqb _ _ = true |- _ => apply ty_eqb_eq in E; subst
  end.
