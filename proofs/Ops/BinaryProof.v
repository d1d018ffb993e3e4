(* Elementwise ops of two operands: derivative and backward rule. Each operand's Jacobian is diagonal; maximum
   and minimum select. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Pointwise
  Ops.UnarySlopes.
Import ListNotations.
Open Scope R_scope.

(* df/dx and df/dy at (x, y). For maximum and minimum: 1 for the operand that is selected, the first at a
   tie. *)
Definition select_first (second : bool) : R := if second then 0 else 1.
Definition select_second (second : bool) : R := if second then 1 else 0.
Definition slope_x (b : binary_op) (x y : R) : R :=
  match b with
  | Add | Subtract => 1
  | Multiply => y
  | Divide => / y
  | Maximum => select_first (Rltb x y)
  | Minimum => select_first (Rltb y x)
  | Power => y * Rpower x (y - 1)
  | Remainder => 1
  | Atan2 => y / (x * x + y * y)
  | And | Or | Xor => 0
  end.
Definition slope_y (b : binary_op) (x y : R) : R :=
  match b with
  | Add => 1
  | Subtract => -1
  | Multiply => x
  | Divide => - (x / y / y)
  | Maximum => select_second (Rltb x y)
  | Minimum => select_second (Rltb y x)
  | Power => Rpower x y * ln x
  | Remainder => - ((x - sem_binary Rscal Remainder x y) / y)
  | Atan2 => - (x / (x * x + y * y))
  | And | Or | Xor => 0
  end.
(* Where f is differentiable, at (x, y) in the direction (dx, dy). A tie of maximum and minimum is allowed
   when both operands move alike. *)
Definition binary_ok (b : binary_op) (x y dx dy : R) : Prop :=
  match b with
  | Divide => y <> 0
  | Maximum | Minimum => x <> y \/ dx = dy
  | Power => 0 < x
  | Remainder => y <> 0 /\ forall n : Z, n <> 0%Z -> x / y <> IZR n
  | Atan2 => x <> 0 \/ 0 < y
  | _ => True
  end.
Definition jvp_binary (b : binary_op) : jvp_fun := fun ats rt vs ds =>
  match vs, ds with
  | [x; y], [dx; dy] => fun i => slope_x b (x i) (y i) * dx i + slope_y b (x i) (y i) * dy i
  | _, _ => tz
  end.
Definition ok_binary (b : binary_op) : ok_fun := fun ats rt vs ds =>
  match vs, ds with
  | [x; y], [dx; dy] =>
      tfloat rt = true -> forall i, inb (snd rt) i = true -> binary_ok b (x i) (y i) (dx i) (dy i)
  | _, _ => True
  end.

(* Both operands and the result have one type. *)
Lemma binary_typed b ats rt : infer (Binary b) ats = Some rt ->
  ats = [rt; rt] /\ binary_domain b (fst rt) = true.
Proof.
  simpl; unfold infer_binary; intros H. destruct ats as [|x [|y [|]]]; try discriminate.
  destruct (ty_eqb x y && binary_domain b (fst x))%bool eqn:E; inv H.
  apply andb_prop in E as [E1 E2]. apply ty_eqb_eq in E1. subst; auto.
Qed.

(* ---- slopes ---- *)
(* x/y moves with dx/y - x dy/y^2 *)
Lemma divide_der (f g : R -> R) df dg : Der f df -> Der g dg -> g 0 <> 0 ->
  Der (fun s => f s / g s) (slope_x Divide (f 0) (g 0) * df + slope_y Divide (f 0) (g 0) * dg).
Proof.
  intros Hf Hg N. eapply Der_eq. apply (is_derive_div f g 0 df dg Hf Hg N). simpl. field. auto.
Qed.
(* x^y = e^(y ln x) moves with y x^(y-1) dx + x^y ln x dy *)
Lemma power_der (f g : R -> R) df dg : Der f df -> Der g dg -> 0 < f 0 ->
  Der (fun s => Rpower (f s) (g s)) (slope_x Power (f 0) (g 0) * df + slope_y Power (f 0) (g 0) * dg).
Proof.
  intros Hf Hg P. simpl.
  assert (E : Rpower (f 0) (g 0 - 1) = Rpower (f 0) (g 0) / f 0).
  { unfold Rminus. rewrite Rpower_plus, Rpower_Ropp, Rpower_1 by auto. reflexivity. }
  rewrite E. unfold Rpower.
  assert (L : Der (fun s => ln (f s)) (/ f 0 * df)) by (apply chain_rule; auto; apply is_derive_ln; auto).
  pose proof (product_rule _ _ _ _ Hg L) as Q.
  eapply Der_eq. apply (chain_rule exp (fun s => g s * ln (f s)) _ _ (is_derive_exp _) Q).
  field. lra.
Qed.
(* One of two curves f and g, by a test that either does not tie or ties where f and g move alike. *)
Lemma branch_der (f g u v : R -> R) df dg du dv : Der f df -> Der g dg -> Der u du -> Der v dv ->
  (u 0 = v 0 -> f 0 = g 0 /\ df = dg) ->
  Der (fun s => if Rltb (u s) (v s) then g s else f s) (if Rltb (u 0) (v 0) then dg else df).
Proof.
  intros Hf Hg Hu Hv H. destruct (Req_dec (u 0) (v 0)) as [Q|Q].
  - destruct (H Q) as [E <-].
    apply (Der_select [true; false] (fun b => if b then f else g) _ (g 0)).
    + intros [] _; destruct (Rltb (u 0) (v 0)); auto.
    + destruct (Rltb (u 0) (v 0)); auto.
    + apply near_true. intros t. destruct (Rltb (u t) (v t)); [exists false|exists true]; simpl; auto.
  - apply Der_ext_near with (f := fun s => if Rltb (u 0) (v 0) then g s else f s).
    + generalize (Rltb_near _ _ _ _ Hu Hv Q). apply near_imp. intros s ->; auto.
    + destruct (Rltb (u 0) (v 0)); auto.
Qed.
(* x - y n with n = trunc(x / y), which is flat, moves with dx - n dy. *)
Lemma remainder_der (f g : R -> R) df dg : Der f df -> Der g dg -> binary_ok Remainder (f 0) (g 0) df dg ->
  Der (fun s => sem_binary Rscal Remainder (f s) (g s))
      (slope_x Remainder (f 0) (g 0) * df + slope_y Remainder (f 0) (g 0) * dg).
Proof.
  intros Hf Hg [N K]. destruct (trunc_flat (f 0 / g 0) K) as (a & b & I & E).
  set (n := sem_trunc Rscal (f 0 / g 0)) in *.
  apply Der_ext_near with (f := fun s => f s - g s * n).
  - pose proof (divide_der _ _ _ _ Hf Hg N) as Q.
    generalize (near_and _ _ (Der_near_lt _ _ _ _ (Der_const a) Q (proj1 I))
                             (Der_near_lt _ _ _ _ Q (Der_const b) (proj2 I))).
    apply near_imp. intros s H. simpl. unfold ssub. simpl. rewrite (E _ H). reflexivity.
  - eapply Der_eq. apply (Der_minus f (fun s => g s * n) df (dg * n) Hf).
    + eapply Der_eq. apply (product_rule g (fun _ => n) dg 0 Hg (Der_const n)). lra.
    + simpl. unfold ssub. simpl. fold n. field. auto.
Qed.
(* ---- the angle of (y, x): by arctan (x/y) to the right, by -arctan (y/x) above and below ---- *)
Lemma atan_ratio_der (f g : R -> R) df dg : Der f df -> Der g dg -> g 0 <> 0 ->
  Der (fun s => atan (f s / g s)) (g 0 / (f 0 * f 0 + g 0 * g 0) * df - f 0 / (f 0 * f 0 + g 0 * g 0) * dg).
Proof.
  intros Hf Hg N. pose proof (divide_der _ _ _ _ Hf Hg N) as Q.
  eapply Der_eq. apply (chain_rule atan (fun s => f s / g s) _ _ (atan_slope _) Q). simpl.
  assert (0 < f 0 * f 0 + g 0 * g 0).
  { pose proof (Rle_0_sqr (f 0)). pose proof (Rsqr_pos_lt _ N). unfold Rsqr in *. lra. }
  field. repeat split; auto; lra.
Qed.
Lemma right_angle : 2 / 1 * atan 1 = PI / 2.
Proof. rewrite atan_1. field. Qed.
(* arctan (x/y) = pi/2 - arctan (y/x) where both are positive, and so on. *)
Lemma atan2_above x y : 0 < x -> sem_atan2 Rscal x y = PI / 2 - atan (y / x).
Proof.
  intros P. unfold sem_atan2, stwo, ssub. cbn [sltb s0 s1 smul satan sdiv sadd sneg sofQ Rscal].
  destruct (Rltb 0 y) eqn:E; [apply Rltb_true in E|].
  - rewrite <- atan_inv by (apply Rdiv_lt_0_compat; auto). f_equal. field. lra.
  - rewrite (proj2 (Rltb_true 0 x)), right_angle by auto. reflexivity.
Qed.
Lemma atan2_below x y : x < 0 -> sem_atan2 Rscal x y = - (PI / 2) - atan (y / x).
Proof.
  intros P. unfold sem_atan2, stwo, ssub. cbn [sltb s0 s1 smul satan sdiv sadd sneg sofQ Rscal].
  destruct (Rltb 0 y) eqn:E; [apply Rltb_true in E|].
  - assert (Q : 0 < y / - x) by (apply Rdiv_lt_0_compat; lra). pose proof (atan_inv _ Q) as H.
    replace (/ (y / - x)) with (- (x / y)) in H by (field; lra).
    replace (y / - x) with (- (y / x)) in H by (field; lra). rewrite !atan_opp in H. lra.
  - rewrite (proj2 (Rltb_false 0 x)), (proj2 (Rltb_true x 0)), right_angle by lra. reflexivity.
Qed.
Lemma atan2_der (f g : R -> R) df dg : Der f df -> Der g dg -> binary_ok Atan2 (f 0) (g 0) df dg ->
  Der (fun s => sem_binary Rscal Atan2 (f s) (g s))
      (slope_x Atan2 (f 0) (g 0) * df + slope_y Atan2 (f 0) (g 0) * dg).
Proof.
  intros Hf Hg K. cbn [sem_binary slope_x slope_y]. pose proof (Der_const 0) as Z.
  assert (S : forall c, Der (fun s => c - atan (g s / f s))
      (0 - (f 0 / (g 0 * g 0 + f 0 * f 0) * dg - g 0 / (g 0 * g 0 + f 0 * f 0) * df)) \/ f 0 = 0).
  { intros c. destruct (Req_dec (f 0) 0); auto. left.
    apply (Der_minus (fun _ => c) (fun s => atan (g s / f s)) 0 _ (Der_const c)). apply atan_ratio_der; auto. }
  replace (g 0 * g 0 + f 0 * f 0) with (f 0 * f 0 + g 0 * g 0) in S by ring.
  destruct (Rlt_le_dec 0 (g 0)) as [P|P]; [|destruct (Rlt_le_dec 0 (f 0)) as [U|U]].
  - assert (N : g 0 <> 0) by lra. pose proof (atan_ratio_der f g df dg Hf Hg N) as D.
    apply Der_ext_near with (f := fun s => atan (f s / g s)); [|eapply Der_eq; [exact D|lra]].
    generalize (Der_near_lt _ _ _ _ Z Hg P). apply near_imp. intros s H. unfold sem_atan2.
    cbn [sltb s0 satan sdiv Rscal]. rewrite (proj2 (Rltb_true 0 (g s))) by auto. reflexivity.
  - destruct (S (PI / 2)) as [D|D]; [|lra].
    apply Der_ext_near with (f := fun s => PI / 2 - atan (g s / f s)); [|eapply Der_eq; [exact D|lra]].
    generalize (Der_near_lt _ _ _ _ Z Hf U). apply near_imp. intros s H. symmetry; apply atan2_above; auto.
  - assert (L : f 0 < 0) by (destruct K; lra). destruct (S (- (PI / 2))) as [D|D]; [|lra].
    apply Der_ext_near with (f := fun s => - (PI / 2) - atan (g s / f s)); [|eapply Der_eq; [exact D|lra]].
    generalize (Der_near_lt _ _ _ _ Hf Z L). apply near_imp. intros s H. symmetry; apply atan2_below; auto.
Qed.
Lemma binary_der b (f g : R -> R) df dg : Der f df -> Der g dg -> binary_ok b (f 0) (g 0) df dg ->
  b <> And -> b <> Or -> b <> Xor ->
  Der (fun s => sem_binary Rscal b (f s) (g s)) (slope_x b (f 0) (g 0) * df + slope_y b (f 0) (g 0) * dg).
Proof.
  intros Hf Hg K N1 N2 N3.
  destruct b; try tauto; [| | | | | | |apply remainder_der; auto|apply atan2_der; auto];
    unfold sem_binary, ssub, smax, smin; simpl in K |- *.
  - eapply Der_eq. apply additive_fan_in; eauto. lra.
  - eapply Der_eq. apply (is_derive_minus f g 0 df dg Hf Hg). unfold minus, plus, opp; simpl. lra.
  - eapply Der_eq. apply product_rule; eauto. lra.
  - apply divide_der; auto.
  - eapply Der_eq. apply (branch_der f g f g df dg df dg); auto. intros E; destruct K; tauto.
    unfold select_first, select_second. destruct (Rltb (f 0) (g 0)); lra.
  - eapply Der_eq. apply (branch_der f g g f df dg dg df); auto.
    intros E; destruct K; auto; exfalso; auto.
    unfold select_first, select_second. destruct (Rltb (g 0) (f 0)); lra.
  - apply power_der; auto.
Qed.

(* z[i] = f(x[i], y[i]) moves with df/dx dx[i] + df/dy dy[i] *)
Lemma binary_deriv b : deriv_spec (Binary b) (jvp_binary b) (ok_binary b).
Proof.
  intros ats rt gs ds T F M K i Hi. apply binary_typed in T as [-> T].
  destruct gs as [|g [|h [|]]], ds as [|d [|e [|]]]; simpl in M; try tauto. destruct M as (M1 & M2 & _).
  apply (binary_der b (fun s => g s i) (fun s => h s i)).
  - apply (moves_float _ _ _ M1).
  - apply (moves_float _ _ _ M2).
  - apply K; auto.
  - intros ->. unfold tfloat in F. destruct (fst rt); discriminate.
  - intros ->. unfold tfloat in F. destruct (fst rt); discriminate.
  - intros ->. unfold tfloat in F. destruct (fst rt); discriminate.
Qed.
Lemma binary_const b : const_spec (Binary b) (ok_binary b).
Proof.
  apply integers_const. intros ats rt T F. apply binary_typed in T as [-> _]. simpl. rewrite F; auto.
Qed.

(* ---- backward rules ---- *)
(* What each operand contributes: the cotangent times that operand's slope. *)
Definition contributes (b : binary_op) (s : shape) (x y dy c : tensor)
  (slope : binary_op -> R -> R -> R) : Prop :=
  forall i, inb s i = true -> c i = dy i * slope b (x i) (y i).
Lemma binary_pairing b rt nx ny ox oy (x y d e dy : tensor) L :
  still [nx; ny] [d; e] ->
  (nx = true -> exists k, ox = Some k /\ contributes b (snd rt) x y dy (nth k L tz) slope_x) ->
  (ny = true -> exists k, oy = Some k /\ contributes b (snd rt) x y dy (nth k L tz) slope_y) ->
  pairing [rt; rt] [nx; ny] [ox; oy] [d; e] L = dotp (snd rt) dy (jvp_binary b [rt; rt] rt [x; y] [d; e]).
Proof.
  intros S Hx Hy. unfold jvp_binary. rewrite dotp_plus_r. simpl. rewrite Rplus_0_r. f_equal.
  - destruct nx. destruct (Hx eq_refl) as (k & -> & C). apply diagonal_contribution, C.
    rewrite (S 0%nat eq_refl : d = tz). apply diagonal_still.
  - destruct ny. destruct (Hy eq_refl) as (k & -> & C). apply diagonal_contribution, C.
    rewrite (S 1%nat eq_refl : e = tz). apply diagonal_still.
Qed.
(* Maximum and minimum route the cotangent to the operand that was selected: the selection trick. *)
Lemma route_pairing rt nx ny ox oy (second : idx -> bool) (d e dy : tensor) L :
  still [nx; ny] [d; e] ->
  (nx = true -> exists k, ox = Some k /\ forall i, inb (snd rt) i = true ->
     nth k L tz i = if second i then 0 else dy i) ->
  (ny = true -> exists k, oy = Some k /\ forall i, inb (snd rt) i = true ->
     nth k L tz i = if second i then dy i else 0) ->
  pairing [rt; rt] [nx; ny] [ox; oy] [d; e] L = dotp (snd rt) dy (fun i => if second i then e i else d i).
Proof.
  intros S Hx Hy. rewrite selection_trick, Rplus_comm. simpl. rewrite Rplus_0_r. f_equal.
  - destruct nx. destruct (Hx eq_refl) as (k & -> & C). apply dotp_ext; auto.
    rewrite (S 0%nat eq_refl : d = tz). symmetry; apply dotp_tz_r.
  - destruct ny. destruct (Hy eq_refl) as (k & -> & C). apply dotp_ext; auto.
    rewrite (S 1%nat eq_refl : e = tz). symmetry; apply dotp_tz_r.
Qed.
Lemma select_slopes c d e : select_first c * d + select_second c * e = if c then e else d.
Proof. destruct c; simpl; lra. Qed.
Lemma jvp_select b rt x y (d e dy : tensor) (second : idx -> bool) :
  (forall i, slope_x b (x i) (y i) = select_first (second i)) ->
  (forall i, slope_y b (x i) (y i) = select_second (second i)) ->
  dotp (snd rt) dy (jvp_binary b [rt; rt] rt [x; y] [d; e])
  = dotp (snd rt) dy (fun i => if second i then e i else d i).
Proof. intros H K. apply dotp_ext; auto. intros i _. simpl. rewrite H, K. apply select_slopes. Qed.

(* dx[i] = dz[i] df/dx,  dy[i] = dz[i] df/dy *)
Lemma binary_vjp_correct b : vjp_spec (Binary b) (jvp_binary b) (ok_binary b).
Proof.
  intros needs ats rt tm outs vs ds dy T F V LN LV LD S K. apply binary_typed in T as [-> T].
  destruct needs as [|nx [|ny [|]]], vs as [|x [|y [|]]], ds as [|d [|e [|]]]; try discriminate.
  clear LN LV LD.
  specialize (K F). set (z := sem Rscal (Binary b) [rt; rt] rt [x; y]).
  assert (Z : forall i, inb (snd rt) i = true -> z i = sem_binary Rscal b (x i) (y i))
    by (intros; apply sem_binary_at; auto).
  clearbody z.
  destruct b; try solve [unfold tfloat in F; destruct (fst rt); discriminate].
  5: rewrite (jvp_select _ _ _ _ _ _ _ (fun i => Rltb (x i) (y i))) by auto.
  6: rewrite (jvp_select _ _ _ _ _ _ _ (fun i => Rltb (y i) (x i))) by auto.
  all: destruct nx, ny; simpl in V; inv V;
    try apply route_pairing; try apply binary_pairing; auto; try discriminate;
    intros _; eexists; (split; [reflexivity|]);
    intros i Hi; specialize (K i Hi); specialize (Z i Hi); simpl in K, Z; at_index; rewrite ?Z;
    unfold sem_compare; rewrite ?truth; simpl; try reflexivity;
    try (unfold Rdiv, Rminus; ring); try (unfold Rdiv, Rminus; field; auto).
Qed.

(* ---- op by op ---- *)
Definition add_typed := binary_typed Add.
Definition subtract_typed := binary_typed Subtract.
Definition multiply_typed := binary_typed Multiply.
Definition divide_typed := binary_typed Divide.
Definition maximum_typed := binary_typed Maximum.
Definition minimum_typed := binary_typed Minimum.
Definition power_typed := binary_typed Power.
Definition and_typed := binary_typed And.
Definition or_typed := binary_typed Or.
Definition xor_typed := binary_typed Xor.
Definition remainder_typed := binary_typed Remainder.
Definition atan2_typed := binary_typed Atan2.
Definition add_deriv := binary_deriv Add.
Definition subtract_deriv := binary_deriv Subtract.
Definition multiply_deriv := binary_deriv Multiply.
Definition divide_deriv := binary_deriv Divide.
Definition maximum_deriv := binary_deriv Maximum.
Definition minimum_deriv := binary_deriv Minimum.
Definition power_deriv := binary_deriv Power.
Definition and_deriv := binary_const And.
Definition or_deriv := binary_const Or.
Definition xor_deriv := binary_const Xor.
Definition remainder_deriv := binary_deriv Remainder.
Definition atan2_deriv := binary_deriv Atan2.
Definition add_vjp_correct := binary_vjp_correct Add.
Definition subtract_vjp_correct := binary_vjp_correct Subtract.
Definition multiply_vjp_correct := binary_vjp_correct Multiply.
Definition divide_vjp_correct := binary_vjp_correct Divide.
Definition maximum_vjp_correct := binary_vjp_correct Maximum.
Definition minimum_vjp_correct := binary_vjp_correct Minimum.
Definition power_vjp_correct := binary_vjp_correct Power.
Definition and_vjp_correct := binary_vjp_correct And.
Definition or_vjp_correct := binary_vjp_correct Or.
Definition xor_vjp_correct := binary_vjp_correct Xor.
Definition remainder_vjp_correct := binary_vjp_correct Remainder.
Definition atan2_vjp_correct := binary_vjp_correct Atan2.
