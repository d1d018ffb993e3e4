(* Softmax, log-softmax and softmax cross-entropy are differentiable, and their VJPs are their adjoints. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve Ops.Pointwise
  Composite.Group Composite.Line Composite.SoftmaxGroup.
Import ListNotations.
Open Scope R_scope.

(* The meaning of the ops, by groups. *)
Notation group_of s a := (group_sum s (off_axis s a)).
Notation softmax_of s a := (group_softmax s (off_axis s a)).
Notation log_softmax_of s a := (group_log_softmax s (off_axis s a)).
Lemma sem_softmax_group s a x i : (0 <= a < rank s)%Z -> inb s i = true ->
  sem_softmax Rscal s a x i = softmax_of s a x i.
Proof. intros. unfold sem_softmax, group_softmax, partition. rewrite <- line_group by auto. auto. Qed.
Lemma sem_log_softmax_group s a x i : (0 <= a < rank s)%Z -> inb s i = true ->
  sem_log_softmax Rscal s a x i = log_softmax_of s a x i.
Proof.
  intros. unfold sem_log_softmax, group_log_softmax, log_sum_exp, partition.
  rewrite <- line_group by auto. auto.
Qed.

(* ---- softmax and log-softmax ---- *)
(* One floating-point operand, of the result's type, with elements along the axis. *)
Definition softmax_types (a : Z) (ats : list ty) (rt : ty) : Prop :=
  ats = [rt] /\ tfloat rt = true /\ (0 <= a < rank (snd rt))%Z /\ (1 <= znth (snd rt) a)%Z.
Lemma infer_softmax_types a ats rt : infer_softmax a ats = Some rt -> softmax_types a ats rt.
Proof.
  unfold infer_softmax. intros H. typing H. unfold softmax_types, tfloat; simpl. repeat split; auto; lia.
Qed.
Lemma softmax_typed a ats rt : infer (Softmax a) ats = Some rt -> softmax_types a ats rt.
Proof. apply infer_softmax_types. Qed.
Lemma log_softmax_typed a ats rt : infer (LogSoftmax a) ats = Some rt -> softmax_types a ats rt.
Proof. apply infer_softmax_types. Qed.

Definition ok_softmax : ok_fun := fun _ _ _ _ => True.
(* y (dx - G(y dx)) *)
Definition jvp_softmax (a : Z) : jvp_fun := fun _ rt vs ds =>
  match vs, ds with
  | [x], [dx] => let y := softmax_of (snd rt) a x in
      fun i => y i * (dx i - group_of (snd rt) a (fun j => y j * dx j) i)
  | _, _ => tz
  end.
(* dx - G(softmax(x) dx) *)
Definition jvp_log_softmax (a : Z) : jvp_fun := fun _ rt vs ds =>
  match vs, ds with
  | [x], [dx] => fun i => dx i - group_of (snd rt) a (fun j => softmax_of (snd rt) a x j * dx j) i
  | _, _ => tz
  end.

(* One floating-point operand that moves *)
Lemma moves_one t gs ds : tfloat t = true -> moves_all [t] gs ds ->
  exists g d, gs = [g] /\ ds = [d] /\ forall i, Der (fun s => g s i) (d i).
Proof.
  intros F. destruct gs as [|g [|]], ds as [|d [|]]; simpl; try tauto. intros [M _].
  exists g, d. split; [|split]; auto. apply (moves_float _ _ _ M).
Qed.
Theorem softmax_deriv a : deriv_spec (Softmax a) (jvp_softmax a) ok_softmax.
Proof.
  intros ats rt gs ds H F M _ i Hi. destruct (softmax_typed _ _ _ H) as (-> & _ & Ha & _).
  destruct (moves_one _ _ _ F M) as (g & d & -> & -> & D).
  apply Der_ext with (f := fun t => softmax_of (snd rt) a (g t) i).
  - intros t. symmetry. apply sem_softmax_group; auto.
  - exact (Der_softmax (snd rt) (off_axis (snd rt) a) g d i Hi D).
Qed.
Theorem log_softmax_deriv a : deriv_spec (LogSoftmax a) (jvp_log_softmax a) ok_softmax.
Proof.
  intros ats rt gs ds H F M _ i Hi. destruct (log_softmax_typed _ _ _ H) as (-> & _ & Ha & _).
  destruct (moves_one _ _ _ F M) as (g & d & -> & -> & D).
  apply Der_ext with (f := fun t => log_softmax_of (snd rt) a (g t) i).
  - intros t. symmetry. apply sem_log_softmax_group; auto.
  - exact (Der_log_softmax (snd rt) (off_axis (snd rt) a) g d i Hi D).
Qed.

(* An operand that needs no cotangent adds nothing. *)
Lemma pairing_nth needs ds s k c : still needs ds ->
  (if nth k needs false then dotp s c (nth k ds tz) else 0) = dotp s c (nth k ds tz).
Proof.
  intros St. destruct (nth k needs false) eqn:E; auto. rewrite (St k E), dotp_tz_r; auto.
Qed.
Lemma pairing_one n t k d L : still [n] [d] -> pairing [t] [n] [Some k] [d] L = dotp (snd t) (nth k L tz) d.
Proof. intros St. simpl. rewrite Rplus_0_r. apply (pairing_nth [n] [d] (snd t) 0 (nth k L tz) St). Qed.

(* d.x = y (dy - G(y dy)) *)
Theorem softmax_vjp_correct a : vjp_spec (Softmax a) (jvp_softmax a) ok_softmax.
Proof.
  intros needs ats rt tm outs vs ds dy H F V Ln Lv Ld St _.
  destruct (softmax_typed _ _ _ H) as (-> & _ & Ha & _).
  destruct needs as [|n [|]], vs as [|x [|]], ds as [|dx [|]]; try discriminate.
  injection V as <- <-. rewrite pairing_one by auto. unfold jvp_softmax.
  rewrite softmax_adjoint. apply dotp_ext; auto. intros i Hi.
  assert (Y : forall j, inb (snd rt) j = true ->
    sem Rscal (Softmax a) [rt] rt [x] j = softmax_of (snd rt) a x j).
  { intros. rewrite sem_in by auto. apply sem_softmax_group; auto. }
  cbn -[sem broadcast_line line_ty].
  rewrite sem_multiply, sem_subtract, sem_line_sum, Y by auto. do 2 f_equal.
  apply group_sum_ext; intros j Hj _. rewrite sem_multiply, Y by auto. auto.
Qed.
(* d.x = dy - softmax(x) G(dy) *)
Theorem log_softmax_vjp_correct a : vjp_spec (LogSoftmax a) (jvp_log_softmax a) ok_softmax.
Proof.
  intros needs ats rt tm outs vs ds dy H F V Ln Lv Ld St _.
  destruct (log_softmax_typed _ _ _ H) as (-> & _ & Ha & _).
  destruct needs as [|n [|]], vs as [|x [|]], ds as [|dx [|]]; try discriminate.
  injection V as <- <-. rewrite pairing_one by auto. unfold jvp_log_softmax.
  transitivity (dotp (snd rt) dy
    (fun i => 1 * (dx i - group_of (snd rt) a (fun j => softmax_of (snd rt) a x j * dx j) i))).
  2: apply dotp_ext; intros; lra.
  rewrite log_softmax_adjoint. apply dotp_ext; auto. intros i Hi.
  cbn -[sem broadcast_line line_ty].
  rewrite sem_subtract, sem_multiply, sem_line_sum by auto.
  rewrite sem_in by auto. cbn [sem0 map]. rewrite sem_softmax_group by auto.
  rewrite (group_sum_ext _ _ (fun j => 1 * dy j) dy) by (intros; lra). lra.
Qed.

(* The results are always floating-point. *)
Theorem softmax_const a : const_spec (Softmax a) ok_softmax.
Proof. apply all_float_const. intros ats rt H. apply softmax_typed in H as (_ & F & _). auto. Qed.
Theorem log_softmax_const a : const_spec (LogSoftmax a) ok_softmax.
Proof. apply all_float_const. intros ats rt H. apply log_softmax_typed in H as (_ & F & _). auto. Qed.
