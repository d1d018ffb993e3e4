(* Elementwise ops, what their proofs share: the diagonal and the selection trick, the value of an op at one
   index, ops of integers. *)
From Coq Require Import Reals ZArith List Bool Lra FunctionalExtensionality.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
Import ListNotations.
Open Scope R_scope.
Global Arguments IZR : simpl never.
Global Arguments sem : simpl never.

(* ---- two of the tricks ---- *)
(* The Jacobian is a diagonal:  sum_i dy_i (g_i dx_i) = sum_i (dy_i g_i) dx_i. *)
Theorem diagonal_trick s (dy dx g : tensor) :
  dotp s dy (fun i => g i * dx i) = dotp s (fun i => dy i * g i) dx.
Proof. apply sum_ext; intros; lra. Qed.

(* Each element copies one of two operands: its cotangent goes back to that one. *)
Theorem selection_trick s (p : idx -> bool) (dy dx dz : tensor) :
  dotp s dy (fun i => if p i then dx i else dz i)
  = dotp s (fun i => if p i then dy i else 0) dx + dotp s (fun i => if p i then 0 else dy i) dz.
Proof. unfold dotp. rewrite <- sum_plus. apply sum_ext; intros i _. destruct (p i); lra. Qed.

(* The diagonal trick for a contribution c that is, within the shape, the cotangent times the slope. *)
Lemma diagonal_contribution s (c dy dx g : tensor) :
  (forall i, inb s i = true -> c i = dy i * g i) -> dotp s c dx = dotp s dy (fun i => g i * dx i).
Proof. intros H. rewrite diagonal_trick. apply dotp_ext; auto. Qed.
(* What does not move contributes nothing. *)
Lemma diagonal_still s (dy g : tensor) : 0 = dotp s dy (fun i => g i * tz i).
Proof. unfold dotp, tz. rewrite (sum_ext _ (fun _ => 0)). symmetry; apply sum_0. intros; lra. Qed.

(* ---- the value of an op at an index within the result's shape ---- *)
Lemma sem_unary_at u ats rt x i : inb (snd rt) i = true ->
  sem Rscal (Unary u) ats rt [x] i = sem_unary Rscal u (x i).
Proof. apply sem_in. Qed.
Lemma sem_binary_at b ats rt x y i : inb (snd rt) i = true ->
  sem Rscal (Binary b) ats rt [x; y] i = sem_binary Rscal b (x i) (y i).
Proof. apply sem_in. Qed.
Lemma sem_compare_at d ats rt x y i : inb (snd rt) i = true ->
  sem Rscal (Compare d) ats rt [x; y] i = sem_compare Rscal d (x i) (y i).
Proof. apply sem_in. Qed.
Lemma sem_convert_at e ats rt x i : inb (snd rt) i = true ->
  sem Rscal (Convert e) ats rt [x] i = sem_convert Rscal e (x i).
Proof. apply sem_in. Qed.
Lemma sem_select_at p t t' rt q x y i : inb (snd rt) i = true ->
  sem Rscal Select [p; t; t'] rt [q; x; y] i = sem_select Rscal (snd p) q x y i.
Proof. apply sem_in. Qed.
(* The predicate has the result's shape. *)
Lemma sem_select_full p t t' rt q x y i : inb (snd rt) i = true -> snd p = snd rt ->
  sem Rscal Select [p; t; t'] rt [q; x; y] i = if strue Rscal (q i) then x i else y i.
Proof.
  intros H E. rewrite sem_select_at by auto. unfold sem_select. rewrite E.
  destruct (snd rt); auto. destruct i; auto; discriminate.
Qed.
(* A whole number as a constant. *)
Lemma sem_constant_at t m ats rt i : inb (snd rt) i = true ->
  sem Rscal (Constant t [Dec m 0]) ats rt [] i = IZR m.
Proof. intros H. rewrite sem_in by auto. simpl. rewrite Z.mul_1_r. lra. Qed.
(* A truth value read back. *)
Lemma truth b : Rltb 0 (sbool Rscal b) = b. Proof strue_sbool b.
Lemma Rltb_false_01 : Rltb 0 0 = false. Proof. apply Rltb_false; lra. Qed.
Lemma Rltb_true_01 : Rltb 0 1 = true. Proof. apply Rltb_true; lra. Qed.

(* Computes a template of elementwise ops at an index i within the shape. *)
Ltac at_index := simpl; repeat first
  [ rewrite sem_unary_at by auto | rewrite sem_binary_at by auto | rewrite sem_constant_at by auto
  | rewrite sem_compare_at by auto | rewrite sem_select_full by auto | rewrite sem_convert_at by auto ];
  simpl.

(* ---- ops of integers and truth values are locally constant ---- *)
Definition integers (ats : list ty) : bool := forallb (fun t => negb (tfloat t)) ats.
Lemma integers_still ats gs ds : moves_all ats gs ds -> integers ats = true ->
  near (fun s => at_ gs s = at_ gs 0).
Proof.
  revert gs ds; induction ats as [|t ats IH]; destruct gs as [|g gs], ds as [|d ds]; simpl; try tauto;
    intros M I.
  - apply near_true; auto.
  - apply andb_prop in I as [I1 I2]. destruct M as [M1 M2]. apply negb_true_iff in I1.
    generalize (near_and _ _ (moves_near _ _ _ M1 I1) (IH _ _ M2 I2)). apply near_imp. intros s [-> ->]; auto.
Qed.
Lemma integers_const o ok :
  (forall ats rt, infer o ats = Some rt -> tfloat rt = false -> integers ats = true) -> const_spec o ok.
Proof.
  intros H ats rt gs ds T F M _ i _. generalize (integers_still _ _ _ M (H _ _ T F)).
  apply near_imp. intros s ->; auto.
Qed.
(* An op that never has a floating-point result needs no backward rule. *)
Lemma no_float_vjp o jvp0 ok : (forall ats rt, infer o ats = Some rt -> tfloat rt = false) ->
  vjp_spec o jvp0 ok.
Proof. intros H needs ats rt tm outs vs ds dy T F. rewrite (H _ _ T) in F; discriminate. Qed.
Lemma no_float_deriv o jvp0 ok : (forall ats rt, infer o ats = Some rt -> tfloat rt = false) ->
  deriv_spec o jvp0 ok.
Proof. intros H ats rt gs ds T F. rewrite (H _ _ T) in F; discriminate. Qed.
(* ... nor does one that always has. *)
Lemma all_float_const o ok : (forall ats rt, infer o ats = Some rt -> tfloat rt = true) -> const_spec o ok.
Proof. intros H ats rt gs ds T F. rewrite (H _ _ T) in F; discriminate. Qed.

(* ---- comparison along curves ---- *)
(* A test that does not tie does not change nearby. *)
Lemma Rltb_near (u v : R -> R) du dv : Der u du -> Der v dv -> u 0 <> v 0 ->
  near (fun s => Rltb (u s) (v s) = Rltb (u 0) (v 0)).
Proof.
  intros Hu Hv N. destruct (Rlt_or_le (u 0) (v 0)) as [L|L].
  - generalize (Der_near_lt _ _ _ _ Hu Hv L). apply near_imp. intros s Hs.
    rewrite (proj2 (Rltb_true _ _) Hs), (proj2 (Rltb_true _ _) L); auto.
  - assert (L' : v 0 < u 0) by lra. generalize (Der_near_lt _ _ _ _ Hv Hu L'). apply near_imp. intros s Hs.
    rewrite (proj2 (Rltb_false _ _) L), (proj2 (Rltb_false (u s) _)); auto. lra.
Qed.
